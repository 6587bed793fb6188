import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { type KindName, kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import type { ResourceType } from './resource.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';
import type { Update } from './update.ts';
import { type KindStatus, Watches, type WatchesOptions } from './watches.ts';

interface Setup {
  readonly server: FakeApiServer;
  readonly watches: Watches;
  readonly updates: Update[];
  readonly told: KindStatus[];
  readonly started: Promise<void>;
}

const watched: readonly KindName[] = ['Service', 'Secret', 'ConfigMap', 'Gateway', 'HTTPRoute'];
const deployments: ResourceType = {
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  versions: ['v1'],
};

async function setUp(
  t: TestContext,
  { served = [...watched.map((kind) => kinds[kind]), deployments], prepare, ...options }:
    & Partial<WatchesOptions>
    & {
      readonly served?: readonly ResourceType[];
      readonly prepare?: (server: FakeApiServer) => void;
    } = {},
): Promise<Setup> {
  const server = await FakeApiServer.start(served);
  prepare?.(server);
  const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
  const updates: Update[] = [];
  const told: KindStatus[] = [];
  const watches = new Watches({
    api,
    kinds: watched,
    onUpdate: (update) => updates.push(update),
    onKind: (status) => told.push(status),
    ...options,
    timing: { ...fastTiming, ...options.timing },
  });
  const started = watches.start();
  t.after(async () => {
    await watches.stop();
    api.close();
    await server.stop();
  });
  return { server, watches, updates, told, started };
}

const meta = { namespace: 'default', name: 'a' };

function service(name: string, port = 80): Readonly<Record<string, unknown>> {
  return { apiVersion: 'v1', kind: 'Service', metadata: { ...meta, name }, spec: { ports: [{ port }] } };
}

function route(
  name: string,
  fields: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { ...meta, name },
    spec: {},
    ...fields,
  };
}

/** What an update does, shortly. */
function shown({ changes }: Update): string[] {
  return changes.map((change) =>
    'set' in change ? `${change.set.kind}/${change.set.key}` : `-${change.delete.kind}/${change.delete.key}`
  ).sort();
}

test('the first update has everything, and comes only when every kind is known', async (t) => {
  let open = false;
  const setup = await setUp(t, {
    prepare: (server) => {
      server.put(kinds.Service, service('a'));
      server.put(kinds.HTTPRoute, route('a'));
      server.fault = ({ path }) => path.endsWith('/gateways') && !open ? { status: 503 } : undefined;
    },
  });
  await sleep(100);
  assert.equal(setup.updates.length, 0);
  assert.equal(setup.watches.staleness(), Infinity);
  open = true;
  await setup.started;
  assert.equal(setup.updates.length, 1);
  assert.deepEqual(shown(setup.updates[0] as Update), ['HTTPRoute/default/a', 'Service/default/a']);
  assert.ok(setup.watches.synced);
  assert.ok(setup.watches.staleness() < Infinity);
});

test('a cluster without objects or custom kinds gives an empty first update', async (t) => {
  const { updates, started, watches } = await setUp(t, {
    served: [kinds.Service, kinds.Secret, kinds.ConfigMap],
  });
  await started;
  assert.deepEqual(updates.map(({ changes, installed }) => [changes, installed]), [[[], []]]);
  assert.deepEqual(
    watches.kinds().map(({ kind, state }) => `${kind} ${state}`),
    [
      'Service live',
      'Secret live',
      'ConfigMap live',
      'Gateway absent',
      'HTTPRoute absent',
      'CustomResourceDefinition live',
    ],
  );
});

test('what happens at once is one update, with one change an object', async (t) => {
  const { server, updates, started } = await setUp(t);
  await started;
  for (let port = 1; port <= 20; port++) server.put(kinds.Service, service('a', port));
  await eventually(() => {
    const last = updates.at(-1)?.changes.at(-1);
    assert.ok(last !== undefined && 'set' in last && last.set.kind === 'Service');
    assert.equal(last.set.spec.ports?.[0]?.port, 20);
  });
  assert.ok(updates.length < 20);
  for (const { changes } of updates) assert.ok(changes.length <= 1);
});

test('a list that was made again is one update, of what differs and what vanished', async (t) => {
  const { server, updates, started } = await setUp(t, {
    prepare: (server) => {
      for (const name of ['a', 'b', 'c']) server.put(kinds.Service, service(name));
    },
  });
  await started;
  server.fault = () => 'drop';
  server.dropConnections();
  server.delete(kinds.Service, { ...meta, name: 'a' });
  server.put(kinds.Service, service('b', 81));
  server.put(kinds.Service, service('d'));
  server.store.compact();
  server.fault = () => undefined;
  await eventually(() => assert.equal(updates.length, 2));
  assert.deepEqual(shown(updates[1] as Update), [
    '-Service/default/a',
    'Service/default/b',
    'Service/default/d',
  ]);
});

test('an object that is being deleted still exists', async (t) => {
  const { server, updates, started } = await setUp(t);
  await started;
  server.put(
    kinds.HTTPRoute,
    route('a', { metadata: { ...meta, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
  );
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), ['HTTPRoute/default/a']));
});

test('an object that cannot be decoded is a problem, and its last good version goes on', async (t) => {
  const { server, updates, watches, started } = await setUp(t, {
    prepare: (server) => server.put(kinds.HTTPRoute, route('bad', { spec: { hostnames: ['*'] } })),
  });
  await started;
  assert.deepEqual(shown(updates[0] as Update), []);
  assert.deepEqual(watches.problems().map(({ severity, object, field }) => [severity, object, field]), [
    ['error', 'HTTPRoute/default/bad', 'spec.hostnames[0]'],
  ]);
  assert.equal(watches.isUnreadable('HTTPRoute', 'default/bad'), true);
  server.put(kinds.HTTPRoute, route('bad', { spec: { hostnames: ['good.example'] } }));
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), ['HTTPRoute/default/bad']));
  assert.deepEqual(watches.problems(), []);
  assert.equal(watches.isUnreadable('HTTPRoute', 'default/bad'), false);
  const before = updates.length;
  server.put(kinds.HTTPRoute, route('bad', { spec: { hostnames: [''] } }));
  await eventually(() => assert.equal(watches.problems().length, 1));
  await eventually(() => assert.ok(updates.length > before));
  assert.deepEqual(updates.slice(before).flatMap(shown), []);
  server.delete(kinds.HTTPRoute, { ...meta, name: 'bad' });
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), ['-HTTPRoute/default/bad']));
  assert.deepEqual(watches.problems(), []);
});

test('of Secrets and ConfigMaps only what is read is kept, and some Secrets are not even asked for', async (t) => {
  const { updates, started } = await setUp(t, {
    prepare: (server) => {
      const data = { 'tls.crt': 'YQ==', password: 'YQ==' };
      const annotations = { large: 'x'.repeat(1_000) };
      server.put(kinds.Secret, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...meta, annotations },
        type: 'Opaque',
        data,
      });
      for (const type of ['helm.sh/release.v1', 'kubernetes.io/service-account-token']) {
        server.put(kinds.Secret, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { ...meta, name: 'x' },
          type,
        });
      }
      server.put(kinds.ConfigMap, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: meta,
        data: { 'ca.crt': 'PEM', script: 'x'.repeat(1_000) },
        binaryData: { archive: 'YQ==' },
      });
    },
  });
  await started;
  const objects = updates[0]?.changes.map((change) => 'set' in change ? change.set : undefined);
  assert.deepEqual(objects?.map((object) => [object?.kind, (object as { data?: unknown }).data]), [
    ['Secret', { 'tls.crt': 'YQ==' }],
    ['ConfigMap', { 'ca.crt': 'PEM' }],
  ]);
  assert.doesNotMatch(JSON.stringify(objects), /large|archive/);
});

test('kinds that are installed are told with their bundle, and read once they are', async (t) => {
  const { server, updates, told, started, watches } = await setUp(t, {
    served: [kinds.Service, kinds.Secret, kinds.ConfigMap, kinds.Gateway],
  });
  await started;
  assert.deepEqual(updates[0]?.installed?.map(({ kind }) => kind), ['Gateway']);
  const annotations = {
    'gateway.networking.k8s.io/channel': 'experimental',
    'gateway.networking.k8s.io/bundle-version': 'v1.7.0',
  };
  server.serve(kinds.HTTPRoute, { annotations });
  server.put(kinds.HTTPRoute, route('a'));
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), ['HTTPRoute/default/a']));
  const installed = updates.findLast((update) => update.installed !== undefined)?.installed;
  assert.deepEqual(installed?.at(-1), {
    kind: 'HTTPRoute',
    group: 'gateway.networking.k8s.io',
    channel: 'experimental',
    bundleVersion: 'v1.7.0',
  });
  assert.equal(watches.versionOf('HTTPRoute'), 'v1');
  assert.deepEqual(told.filter(({ kind }) => kind === 'HTTPRoute').map(({ state }) => state), [
    'absent',
    'live',
  ]);
});

test('kinds that are installed are told where lists are not streamed, too', async (t) => {
  const { updates, started } = await setUp(t, { prepare: (server) => server.streamsLists = false });
  await started;
  assert.deepEqual(updates[0]?.installed?.map(({ kind }) => kind), ['Gateway', 'HTTPRoute']);
});

test('without the right to read definitions, what can be listed is installed', async (t) => {
  const { updates, started } = await setUp(t, {
    served: [kinds.Service, kinds.Secret, kinds.ConfigMap, kinds.HTTPRoute],
    prepare: (server) =>
      server.fault = ({ path }) => path.includes('customresourcedefinitions') ? { status: 403 } : undefined,
  });
  await started;
  assert.deepEqual(updates[0]?.installed, [{ kind: 'HTTPRoute', group: 'gateway.networking.k8s.io' }]);
});

test('a kind of Kubernetes itself that not every cluster serves is told and followed where it is', async (t) => {
  const bundles = { ...kinds.ClusterTrustBundle, versions: ['v1beta1'] };
  const bundle = {
    apiVersion: 'certificates.k8s.io/v1beta1',
    kind: 'ClusterTrustBundle',
    metadata: { name: 'example.com:signer:v1' },
    spec: { signerName: 'example.com/signer', trustBundle: 'PEM' },
  };
  const { server, updates, watches, started } = await setUp(t, {
    kinds: ['Service', 'ClusterTrustBundle'],
    served: [kinds.Service],
    timing: { absentMs: 50 },
  });
  await started;
  assert.deepEqual(updates.map(({ installed = [] }) => installed), [[]]);
  assert.ok(server.requests.some(({ path }) => path === '/apis/certificates.k8s.io'));
  server.serve(bundles);
  server.put(bundles, bundle);
  await eventually(() => {
    const { installed } = updates.findLast((update) => update.installed !== undefined) ?? {};
    assert.deepEqual(installed, [{ kind: 'ClusterTrustBundle', group: 'certificates.k8s.io' }]);
    assert.deepEqual(updates.flatMap(shown), ['ClusterTrustBundle/example.com:signer:v1']);
  });
  assert.equal(watches.versionOf('ClusterTrustBundle'), 'v1beta1');

  // A newer API server serves another version alone: nothing is gone.
  const seen = updates.length;
  server.serve({ ...bundles, versions: ['v1'] });
  server.endWatches(bundles);
  await eventually(() => assert.equal(watches.versionOf('ClusterTrustBundle'), 'v1'));
  assert.deepEqual(
    updates.slice(seen).flatMap(({ changes }) => changes).filter((each) => 'delete' in each),
    [],
  );

  server.unserve(bundles);
  await eventually(() => {
    const { installed } = updates.findLast((update) => update.installed !== undefined) ?? {};
    assert.deepEqual(installed, []);
    const gone = updates.flatMap(({ changes }) => changes).filter((each) => 'delete' in each);
    assert.deepEqual(gone, [{ delete: { kind: 'ClusterTrustBundle', key: 'example.com:signer:v1' } }]);
  });
});

test('a kind that may not be read does not count as installed', async (t) => {
  const { server, updates, started } = await setUp(t, {
    prepare: (server) =>
      server.fault = ({ path }) => path.endsWith('/httproutes') ? { status: 403 } : undefined,
  });
  await started;
  assert.deepEqual(updates[0]?.installed?.map(({ kind }) => kind), ['Gateway']);
  server.fault = () => undefined;
  await eventually(() => {
    const { installed } = updates.findLast((update) => update.installed !== undefined) ?? {};
    assert.deepEqual(installed?.map(({ kind }) => kind), ['Gateway', 'HTTPRoute']);
  });
});

test('a kind that may not be read is told once, and everything else works', async (t) => {
  const { server, updates, told, started } = await setUp(t, {
    prepare: (server) => {
      server.put(kinds.Service, service('a'));
      server.fault = ({ path }) => path.endsWith('/secrets') ? { status: 403, text: 'no' } : undefined;
    },
  });
  const began = performance.now();
  await started;
  assert.deepEqual(shown(updates[0] as Update), ['Service/default/a']);
  await sleep(100);
  const secrets = told.filter(({ kind, state }) => kind === 'Secret' && state === 'absent');
  assert.deepEqual(secrets.map(({ problem }) => problem?.reason), ['Forbidden']);
  assert.match(secrets[0]?.problem?.message ?? '', /GET .*secrets: 403/);
  // The first few come soon, then one each 15 ms at most.
  const asked = server.requests.filter(({ path }) => path.endsWith('/secrets')).length;
  const most = 6 + (performance.now() - began) / 15;
  assert.ok(asked <= most, `${asked} requests, at most ${most}`);
});

test('statuses are kept outside of updates, and told after the update that they came with', async (t) => {
  const { server, watches, updates, started } = await setUp(t, {
    prepare: (server) => server.put(kinds.HTTPRoute, route('a', { status: { parents: [] } })),
  });
  await started;
  const id = 'HTTPRoute/default/a';
  assert.equal(watches.statuses.get(id)?.status, '{"parents":[]}');
  assert.doesNotMatch(JSON.stringify(updates[0]?.changes), /status/);
  const seen: string[] = [];
  watches.statuses.subscribe((changed) => seen.push(`${changed} after ${updates.length}`));
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [], more: true } }));
  await eventually(() => assert.deepEqual(seen, [`${id} after 2`]));
  assert.equal(watches.statuses.get(id)?.status, '{"parents":[],"more":true}');
  server.delete(kinds.HTTPRoute, meta);
  await eventually(() => assert.equal(watches.statuses.get(id), undefined));
});

test('the echo of our own write of a status is no update', async (t) => {
  const { server, watches, updates, started } = await setUp(t, {
    prepare: (server) => server.put(kinds.HTTPRoute, route('a')),
  });
  await started;
  const id = 'HTTPRoute/default/a';
  const from = watches.statuses.get(id)?.resourceVersion ?? '';
  const to = String(server.store.resourceVersion + 1);
  const status = '{"parents":[]}';
  watches.statuses.answered(id, { resourceVersion: to, generation: 1, status }, from);
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [] } }));
  server.put(kinds.Service, service('a'));
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), ['Service/default/a']));
  assert.equal(updates.length, 2);
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [] }, spec: { hostnames: ['a.example'] } }));
  await eventually(() => assert.deepEqual(shown(updates.at(-1) as Update), [id]));
});

test('objects with our label are followed as they are', async (t) => {
  const labels = { 'app.kubernetes.io/managed-by': 'dragoman' };
  const deployment = (replicas: number): Readonly<Record<string, unknown>> => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...meta, labels, managedFields: [{ manager: 'x' }] },
    spec: { replicas },
    status: { readyReplicas: replicas },
  });
  const { server, watches, updates, started } = await setUp(t, {
    infrastructure: [deployments, kinds.Service],
    prepare: (server) => {
      server.put(deployments, deployment(1));
      server.put(deployments, { ...deployment(1), metadata: { ...meta, name: 'foreign' } });
    },
  });
  await started;
  assert.deepEqual(updates[0]?.infrastructure.map(({ key }) => key), ['Deployment/default/a']);
  const live = watches.infrastructure.get('Deployment/default/a');
  assert.deepEqual([live?.['spec'], live?.['status']], [{ replicas: 1 }, { readyReplicas: 1 }]);
  assert.equal('managedFields' in (live?.metadata ?? {}), false);
  server.put(deployments, deployment(2));
  await eventually(() =>
    assert.deepEqual(updates.at(-1)?.infrastructure.at(0)?.object?.['spec'], { replicas: 2 })
  );
  server.delete(deployments, meta);
  await eventually(() => assert.equal(watches.infrastructure.size, 0));
  assert.deepEqual(updates.at(-1)?.infrastructure, [{ key: 'Deployment/default/a', object: undefined }]);
});

test('staleness grows while the API server is out of reach, and not for kinds that are absent', async (t) => {
  const { server, watches, started } = await setUp(t, {
    served: [kinds.Service, kinds.Secret, kinds.ConfigMap],
  });
  await started;
  server.fault = () => 'drop';
  server.dropConnections();
  await sleep(80);
  assert.ok(watches.staleness() >= 50);
  server.fault = () => undefined;
  const bookmarks = setInterval(() => server.bookmark(), 5);
  t.after(() => clearInterval(bookmarks));
  await eventually(() => assert.ok(watches.staleness() < 50));
  // What is heard at times is all that keeps it so.
  await sleep(500);
  await eventually(() => assert.ok(watches.staleness() < 50));
});

test('nothing is delivered once stopped', async (t) => {
  const { server, watches, updates, started } = await setUp(t);
  await started;
  server.put(kinds.Service, service('a'));
  await watches.stop();
  const { length } = updates;
  server.put(kinds.Service, service('b'));
  await sleep(50);
  assert.equal(updates.length, length);
  await eventually(() => assert.equal(server.watchCount(), 0));
});

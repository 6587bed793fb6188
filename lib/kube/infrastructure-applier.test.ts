import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import {
  type DesiredInfrastructureChange,
  InfrastructureApplier,
  type InfrastructureApplierOptions,
  type InfrastructureEvent,
} from './infrastructure-applier.ts';
import { infrastructureTypes } from './infrastructure-types.ts';
import type { ResourceType } from './resource.ts';
import { FakeApiServer, type SeenRequest } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';
import { quiet } from '../testing/quiet.ts';
import { Watches } from './watches.ts';

function typeOf(kind: string): ResourceType {
  const type = infrastructureTypes.find((each) => each.kind === kind);
  assert.ok(type !== undefined);
  return type;
}

const services = typeOf('Service');
const deployments = typeOf('Deployment');

interface Setup {
  readonly server: FakeApiServer;
  readonly applier: InfrastructureApplier;
  readonly events: InfrastructureEvent[];
}

async function setUp(
  t: TestContext,
  { prepare, enabled = true, ...options }: Partial<InfrastructureApplierOptions> & {
    readonly prepare?: (server: FakeApiServer) => void;
    readonly enabled?: boolean;
  } = {},
): Promise<Setup> {
  const server = await FakeApiServer.start(infrastructureTypes);
  prepare?.(server);
  const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
  let applier: InfrastructureApplier | undefined;
  const watches = new Watches({
    api,
    kinds: [],
    infrastructure: infrastructureTypes,
    timing: fastTiming,
    onUpdate: ({ infrastructure }) => applier?.observed(infrastructure),
  });
  await watches.start();
  const events: InfrastructureEvent[] = [];
  applier = new InfrastructureApplier({
    api,
    live: watches.infrastructure,
    onEvent: (event) => events.push(event),
    retryMs: [20, 200],
    ...options,
  });
  if (enabled) applier.enable();
  t.after(async () => {
    await applier?.disable();
    await watches.stop();
    api.close();
    await server.stop();
  });
  return { server, applier, events };
}

interface Choices {
  /** Of the Gateway and of what it has. */
  readonly name?: string;
  readonly uid?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
}

const labels = { 'app.kubernetes.io/managed-by': 'dragoman' };

function manifest(kind: string, { name = 'web', uid = 'g1', spec = { replicas: 1 } }: Choices = {}) {
  const owner = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    name,
    uid,
    controller: true,
  };
  return {
    apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
    kind,
    metadata: { name, namespace: 'shop', labels, ownerReferences: [owner] },
    spec,
  };
}

/** What Gateway shop/web is to have. */
function plan(...manifests: readonly ReturnType<typeof manifest>[]): DesiredInfrastructureChange[] {
  const objects = manifests.map((each) => ({ key: `${each.kind}/shop/web`, manifest: each }));
  return [{ key: 'Gateway/shop/web', after: { key: 'Gateway/shop/web', objects, kept: false } }];
}

const at = { namespace: 'shop', name: 'web' };
const gone: DesiredInfrastructureChange[] = [{ key: 'Gateway/shop/web', after: undefined }];

function writes(server: FakeApiServer): SeenRequest[] {
  return server.requests.filter(({ method }) => method !== 'GET');
}

function shown(events: readonly InfrastructureEvent[]): string[] {
  return events.map(({ event, object }) => `${event} ${object}`);
}

/** Resolves when nothing more is written. */
function settled(server: FakeApiServer): Promise<void> {
  return quiet(() => writes(server).length);
}

test('what a Gateway is to have is applied once, in order, as ours', async (t) => {
  const { server, applier, events } = await setUp(t);
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  await eventually(() => assert.ok(server.get(deployments, at)));
  await settled(server);
  assert.deepEqual(shown(events), ['applied Service/shop/web', 'applied Deployment/shop/web']);
  assert.deepEqual(writes(server).map(({ method, path, query }) => [method, path, query]), [
    ['PATCH', '/api/v1/namespaces/shop/services/web', { fieldManager: 'dragoman', force: 'true' }],
    ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/web', { fieldManager: 'dragoman', force: 'true' }],
  ]);
});

test('what is right already is not applied, also by one who has just begun', async (t) => {
  const first = await setUp(t);
  first.applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(first.server.get(services, at)));
  const { server, applier } = await setUp(t, {
    enabled: false,
    prepare: (server) => server.put(services, first.server.get(services, at) ?? {}),
  });
  applier.update(plan(manifest('Service')));
  applier.enable();
  await settled(server);
  assert.deepEqual(writes(server), []);
});

test('a change is applied, and takes along the fields that are not wanted any more', async (t) => {
  const { server, applier } = await setUp(t);
  applier.update(plan(manifest('Service', { spec: { type: 'LoadBalancer', class: 'x' } })));
  await eventually(() => assert.ok(server.get(services, at)));
  applier.update(plan(manifest('Service', { spec: { type: 'LoadBalancer' } })));
  await eventually(() => assert.deepEqual(server.get(services, at)?.['spec'], { type: 'LoadBalancer' }));
  await settled(server);
  assert.equal(writes(server).length, 2);
});

test('what others change is put right, what they add is left', async (t) => {
  const { server, applier } = await setUp(t);
  applier.update(plan(manifest('Service', { spec: { type: 'LoadBalancer' } })));
  await eventually(() => assert.ok(server.get(services, at)));
  const live = server.get(services, at);
  server.put(services, {
    ...live,
    spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' },
    status: { loadBalancer: {} },
  });
  await settled(server);
  assert.equal(writes(server).length, 1);
  server.put(services, { ...live, spec: { type: 'ClusterIP', clusterIP: '10.0.0.1' } });
  await eventually(() =>
    assert.deepEqual(server.get(services, at)?.['spec'], { type: 'LoadBalancer', clusterIP: '10.0.0.1' })
  );
  server.delete(services, at);
  await eventually(() => assert.ok(server.get(services, at)));
});

test('one who changes it again and again is not answered as often', async (t) => {
  const { server, applier } = await setUp(t);
  applier.update(plan(manifest('Service', { spec: { type: 'LoadBalancer' } })));
  await eventually(() => assert.ok(server.get(services, at)));
  const [before, began] = [writes(server).length, performance.now()];
  for (let index = 0; index < 60; index++) {
    server.put(services, { ...server.get(services, at), spec: { type: `Odd${index}` } });
    await sleep(5);
  }
  // The first few come soon, then one each 100 ms at most.
  const [made, most] = [writes(server).length - before, 6 + (performance.now() - began) / 100];
  assert.ok(made <= most, `${made} writes, at most ${most}`);
  await eventually(() => assert.deepEqual(server.get(services, at)?.['spec'], { type: 'LoadBalancer' }));
});

test('what the API server writes another way is not applied again and again', async (t) => {
  const { server, applier } = await setUp(t);
  server.prune = (object) => ({ ...object, spec: { cpu: '500m' } });
  applier.update(plan(manifest('Deployment', { spec: { cpu: '0.5' } })));
  await eventually(() => assert.ok(server.get(deployments, at)));
  await settled(server);
  server.put(deployments, { ...server.get(deployments, at), status: { replicas: 1 } });
  await settled(server);
  assert.equal(writes(server).length, 1);
});

test('what is not wanted any more is deleted, exactly the version that was looked at', async (t) => {
  const { server, applier, events } = await setUp(t);
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  await eventually(() => assert.ok(server.get(deployments, at)));
  const { uid, resourceVersion } = server.get(deployments, at)?.metadata ?? {};
  await settled(server);
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.equal(server.get(deployments, at), undefined));
  const options = writes(server).at(-1)?.body as { readonly preconditions: unknown } | undefined;
  assert.deepEqual(options?.preconditions, { uid, resourceVersion });
  applier.update(gone);
  await eventually(() => assert.equal(server.get(services, at), undefined));
  await settled(server);
  assert.deepEqual(shown(events).slice(2), ['deleted Deployment/shop/web', 'deleted Service/shop/web']);
});

test('what a Gateway keeps is neither changed nor deleted, nor is anything of one that cannot be read', async (t) => {
  const spared = new Set<string>();
  const { server, applier } = await setUp(t, { spares: (owner) => spared.has(owner) });
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(server.get(services, at)));
  await settled(server);
  applier.update([{ key: 'Gateway/shop/web', after: { key: 'Gateway/shop/web', objects: [], kept: true } }]);
  spared.add('Gateway/shop/web');
  applier.update(gone);
  await settled(server);
  assert.ok(server.get(services, at));
  assert.equal(writes(server).length, 1);
});

test('nothing is deleted that was not made for a Gateway by us', async (t) => {
  const { server, applier } = await setUp(t, {
    prepare: (server) => {
      const { metadata } = manifest('Service');
      const [owner] = metadata.ownerReferences;
      const put = (name: string, fields: Readonly<Record<string, unknown>>): void => {
        server.put(services, { ...manifest('Service'), metadata: { ...metadata, name, ...fields } });
      };
      put('no-owner', { ownerReferences: [] });
      put('other-kind', { ownerReferences: [{ ...owner, kind: 'Tenant' }] });
      put('other-group', { ownerReferences: [{ ...owner, kind: 'XBackend' }] });
      put('not-controlled', { ownerReferences: [{ ...owner, controller: false }] });
      put('not-labelled', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } });
      put('ours', {});
    },
  });
  await eventually(() => assert.equal(server.get(services, { ...at, name: 'ours' }), undefined));
  applier.update(gone);
  await settled(server);
  assert.equal(server.list(services).length, 5);
});

test('what was made for a Gateway that is there, though not known yet, is not deleted', async (t) => {
  const { server, applier } = await setUp(t, {
    enabled: false,
    isKnown: () => false,
    prepare: (server) => {
      server.serve(kinds.Gateway);
      const { metadata } = server.put(kinds.Gateway, { metadata: at, spec: {} });
      server.put(services, manifest('Service', metadata.uid === undefined ? {} : { uid: metadata.uid }));
      const before = manifest('Deployment', { uid: 'the one before' });
      server.put(deployments, before);
    },
  });
  applier.enable();
  await eventually(() => assert.equal(server.get(deployments, at), undefined));
  await settled(server);
  assert.ok(server.get(services, at));
  server.delete(kinds.Gateway, at);
  await eventually(() => assert.equal(server.get(services, at), undefined));
});

test('what an XBackend is to have is made and deleted by itself, whatever a Gateway of its name has', async (t) => {
  const { server, applier } = await setUp(t);
  const owner = {
    apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
    kind: 'XBackend',
    name: 'web',
    uid: 'x1',
    controller: true,
  };
  const metadata = { name: 'backend-1', namespace: 'shop', labels, ownerReferences: [owner] };
  const own = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None' } };
  const key = 'XBackend/shop/web';
  const at = { namespace: 'shop', name: 'backend-1' };
  const objects = [{ key: 'Service/shop/backend-1', manifest: own }];
  applier.update([...plan(manifest('Service')), { key, after: { key, objects, kept: false } }]);
  await eventually(() => assert.ok(server.get(services, at)));
  await settled(server);
  applier.update(gone);
  await eventually(() => assert.equal(server.list(services).length, 1));
  await settled(server);
  assert.ok(server.get(services, at));
  applier.update([{ key, after: undefined }]);
  await eventually(() => assert.equal(server.list(services).length, 0));
});

test('an object of a Gateway is not taken over for an XBackend of its name', async (t) => {
  const { server, applier, events } = await setUp(t);
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(server.get(services, at)));
  const { metadata: { ownerReferences: [owner], ...metadata }, ...rest } = manifest('Service');
  const apiVersion = 'gateway.networking.x-k8s.io/v1alpha1';
  const other = { ...owner, apiVersion, kind: 'XBackend', name: 'web', uid: 'x1', controller: true };
  const object = { ...rest, metadata: { ...metadata, ownerReferences: [other] }, spec: { replicas: 2 } };
  const key = 'XBackend/shop/web';
  const objects = [{ key: 'Service/shop/web', manifest: object }];
  applier.update([{ key, after: { key, objects, kept: false } }]);
  await eventually(() => assert.ok(shown(events).includes('foreign Service/shop/web')));
  assert.deepEqual(server.get(services, at)?.['spec'], { replicas: 1 });
});

test('an object that changed hands since it was seen is not deleted', async (t) => {
  const { server, applier } = await setUp(t, { enabled: false });
  const ours = manifest('Service');
  server.put(services, ours);
  await sleep(50);
  server.fault = ({ method, path }) => {
    if (method === 'GET' && path.endsWith('/web')) {
      server.fault = () => undefined;
      server.put(services, { ...ours, metadata: { ...ours.metadata, labels: {}, ownerReferences: [] } });
    }
    return undefined;
  };
  applier.enable();
  await settled(server);
  assert.ok(server.get(services, at));
  assert.deepEqual(writes(server), []);
});

test('an object of someone else with the same name stays as it is, until it goes', async (t) => {
  const foreign = { apiVersion: 'v1', kind: 'Service', metadata: at, spec: { mine: true } };
  const { server, applier, events } = await setUp(t, { prepare: (server) => server.put(services, foreign) });
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  await eventually(() => assert.ok(server.get(deployments, at)));
  await sleep(100);
  assert.deepEqual(server.get(services, at)?.['spec'], foreign.spec);
  assert.equal(shown(events)[0], 'foreign Service/shop/web');
  assert.equal(writes(server).length, 1);
  server.delete(services, at);
  // It is asked for less and less often.
  await eventually(() => assert.deepEqual(server.get(services, at)?.['spec'], { replicas: 1 }), 20_000);
});

test('an object that lost our label, or is of the Gateway before, is still ours', async (t) => {
  const { server, applier } = await setUp(t);
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(server.get(services, at)));
  const live = server.get(services, at);
  server.put(services, { ...live, metadata: { ...live?.metadata, labels: {} } });
  await eventually(() => assert.deepEqual(server.get(services, at)?.metadata.labels, labels));
  applier.update(plan(manifest('Service', { uid: 'g2' })));
  await eventually(() => assert.equal(server.get(services, at)?.metadata.ownerReferences?.[0]?.uid, 'g2'));
});

test('the value of a field that is left to others is kept when it stops being ours', async (t) => {
  const { server, applier } = await setUp(t);
  applier.update(plan(manifest('Deployment', { spec: { replicas: 3, image: 'a' } })));
  await eventually(() => assert.ok(server.get(deployments, at)));
  const live = server.get(deployments, at);
  const managedFields = [{
    manager: 'dragoman',
    operation: 'Apply',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  }];
  server.put(deployments, { ...live, metadata: { ...live?.metadata, managedFields } });
  const scaled = {
    key: 'Deployment/shop/web',
    manifest: manifest('Deployment', { spec: { image: 'a' } }),
    leaves: ['spec.replicas'],
  };
  applier.update([{
    key: 'Gateway/shop/web',
    after: { key: 'Gateway/shop/web', kept: false, objects: [scaled] },
  }]);
  await eventually(() => assert.equal(writes(server).length, 2));
  assert.deepEqual(server.get(deployments, at)?.['spec'], { replicas: 3, image: 'a' });
});

test('a refusal of one object keeps no other from being made, and is tried again less and less often', async (t) => {
  const { server, applier, events } = await setUp(t);
  server.fault = ({ method, path }) =>
    method === 'PATCH' && path.includes('services') ? { status: 403 } : undefined;
  const began = performance.now();
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  await eventually(() => assert.ok(server.get(deployments, at)));
  const tries = (): number => shown(events).filter((line) => line === 'failed Service/shop/web').length;
  await eventually(() => assert.ok(tries() >= 7));
  // The first few come soon, then one each 100 ms at most.
  const most = 5 + (performance.now() - began) / 100;
  assert.ok(tries() <= most, `${tries()} tries, at most ${most}`);
  server.fault = () => undefined;
  await eventually(() => assert.ok(server.get(services, at)));
});

test('what is refused is tried again, whenever its time comes', async (t) => {
  const { server, applier } = await setUp(t, { retryMs: [1, 2] });
  server.fault = ({ method }) => method === 'PATCH' ? { status: 403 } : undefined;
  const names = Array.from({ length: 40 }, (_, index) => `web-${index}`);
  applier.update(names.map((name) => {
    const key = `Gateway/shop/${name}`;
    const object = { key: `Service/shop/${name}`, manifest: manifest('Service', { name }) };
    return { key, after: { key, objects: [object], kept: false } };
  }));
  await sleep(1_000);
  server.fault = () => undefined;
  await eventually(() =>
    assert.deepEqual(names.filter((name) => !server.get(services, { ...at, name })), [])
  );
});

test('an API server that fails is waited for', async (t) => {
  const { server, applier } = await setUp(t);
  server.fault = ({ isWatch }) => isWatch ? undefined : { status: 503 };
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  const began = performance.now();
  await sleep(200);
  const asked = server.requests.filter(({ isWatch }) => !isWatch).length;
  const most = 8 + (performance.now() - began) / 100;
  assert.ok(asked <= most, `${asked} requests, at most ${most}`);
  server.fault = () => undefined;
  await eventually(() => assert.ok(server.get(deployments, at)));
});

test('nothing is done before enable(), nor after disable(), nor by one who may not any more', async (t) => {
  let may = true;
  const { server, applier } = await setUp(t, { enabled: false, mayWrite: () => may });
  applier.update(plan(manifest('Service')));
  await settled(server);
  assert.deepEqual(writes(server), []);
  applier.enable();
  await eventually(() => assert.ok(server.get(services, at)));
  may = false;
  applier.update(plan(manifest('Service'), manifest('Deployment')));
  await settled(server);
  assert.equal(writes(server).length, 1);
  await applier.disable();
  may = true;
  applier.update(gone);
  await settled(server);
  assert.equal(writes(server).length, 1);
});

test('what was applied and has gone before a watch could show it is made again', async (t) => {
  const { server, applier } = await setUp(t, { unseenMs: 100 });
  server.fault = ({ isWatch }) => isWatch ? 'drop' : undefined;
  server.dropConnections();
  await eventually(() => assert.equal(server.watchCount(), 0));
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(server.get(services, at)));
  server.delete(services, at);
  // Watches are told no deletion, and lists know nothing of it.
  server.store.compact();
  server.fault = () => undefined;
  await eventually(() => assert.ok(server.get(services, at)));
});

test('what no watch shows is looked at, not applied again', async (t) => {
  const { server, applier, events } = await setUp(t, { unseenMs: 30, retryMs: [1, 2] });
  server.fault = ({ isWatch }) => isWatch ? 'drop' : undefined;
  server.dropConnections();
  await eventually(() => assert.equal(server.watchCount(), 0));
  applier.update(plan(manifest('Service')));
  const looks = (): number =>
    server.requests.filter(({ method, isWatch, path }) =>
      method === 'GET' && !isWatch && path.endsWith('/services/web')
    ).length;
  await eventually(() => assert.ok(looks() > 3));
  assert.deepEqual(shown(events), ['applied Service/shop/web']);
  server.fault = () => undefined;
  await eventually(() => assert.ok(server.watchCount() > 0));
  await settled(server);
});

test('what was refused and is right again is told, though nothing had to be applied', async (t) => {
  const { server, applier, events } = await setUp(t);
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(server.get(services, at)));
  server.fault = ({ method }) => method === 'PATCH' ? { status: 422 } : undefined;
  applier.update(plan(manifest('Service', { spec: { replicas: -1 } })));
  await eventually(() => assert.equal(shown(events).at(-1), 'failed Service/shop/web'));
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.equal(shown(events).at(-1), 'settled Service/shop/web'));
  const told = events.length;
  await settled(server);
  assert.equal(events.length, told);
});

test('what was refused before another replica made it is told to be right', async (t) => {
  const { server, applier, events } = await setUp(t);
  server.fault = ({ method }) => method === 'PATCH' ? { status: 422 } : undefined;
  applier.update(plan(manifest('Service')));
  await eventually(() => assert.equal(shown(events).at(-1), 'failed Service/shop/web'));
  await applier.disable();
  const other = await setUp(t);
  other.applier.update(plan(manifest('Service')));
  await eventually(() => assert.ok(other.server.get(services, at)));
  server.put(services, other.server.get(services, at) ?? {});
  applier.enable();
  await eventually(() => assert.equal(shown(events).at(-1), 'settled Service/shop/web'));
});

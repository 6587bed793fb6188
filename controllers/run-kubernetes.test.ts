import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { kinds } from '../lib/api/mod.ts';
import { infrastructureTypes, KubeApi, type RawObject, type ResourceType } from '../lib/kube/mod.ts';
import { FakeApiServer } from '../lib/kube/testing/api-server.ts';
import { eventually } from '../lib/testing/eventually.ts';
import { createLogger } from '../lib/telemetry/log.ts';
import { runKubernetes, type RunningController } from './run-kubernetes.ts';
import { CONTROLLER_NAME } from './settings.ts';

const namespace = 'dragoman-system';
const lease: ResourceType = {
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  versions: ['v1'],
};

interface Cluster {
  readonly server: FakeApiServer;
  /** A replica of the controller. */
  readonly run: (identity: string) => Promise<RunningController>;
}

async function cluster(t: TestContext): Promise<Cluster> {
  const server = await FakeApiServer.start([...Object.values(kinds), ...infrastructureTypes, lease]);
  const running: RunningController[] = [];
  t.after(async () => {
    for (const each of running) await each.stop();
    await server.stop();
  });
  const run = async (identity: string): Promise<RunningController> => {
    const controller = await runKubernetes({
      api: new KubeApi({ connection: server.connection, userAgent: identity }),
      namespace,
      identity,
      podIp: '127.0.0.1',
      statusAddress: { host: '127.0.0.1', port: 0 },
      xdsAddress: { host: '127.0.0.1', port: 0 },
      envoyImage: 'envoy:test',
      leaderElect: true,
      legacyProxies: {
        gateway: { namespace, name: 'legacy' },
        gatewayClassName: 'dragoman',
        servicePorts: [],
      },
      log: createLogger({ format: 'json', level: 'silent' }),
      version: 'test',
    });
    running.push(controller);
    return controller;
  };
  return { server, run };
}

/** A class, a Gateway with a route, and the Service of the controllers. */
function fill(server: FakeApiServer): void {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  server.put(kinds.Service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'dragoman-xds' },
    spec: { clusterIP: '10.96.0.7', ports: [{ port: 18_000 }] },
  });
  server.put(kinds.GatewayClass, {
    apiVersion,
    kind: 'GatewayClass',
    metadata: { name: 'dragoman' },
    spec: { controllerName: CONTROLLER_NAME },
  });
  server.put(kinds.Gateway, {
    apiVersion,
    kind: 'Gateway',
    metadata: { namespace: 'shop', name: 'web' },
    spec: { gatewayClassName: 'dragoman', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  });
  server.put(kinds.HTTPRoute, {
    apiVersion,
    kind: 'HTTPRoute',
    metadata: { namespace: 'shop', name: 'cart' },
    spec: { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'cart', port: 80 }] }] },
  });
}

/** `type=status/reason` of each condition. */
function conditions(of: unknown): readonly string[] {
  const list = (of as { readonly conditions?: readonly Readonly<Record<string, string>>[] } | undefined)
    ?.conditions ?? [];
  return list.map(({ type, status, reason }) => `${type}=${status}/${reason}`).sort();
}

function routeConditions(route: RawObject | undefined): readonly string[] {
  const { parents = [] } = (route?.['status'] ?? {}) as { readonly parents?: readonly unknown[] };
  return parents.flatMap((parent) => conditions(parent));
}

const deployments = infrastructureTypes.find(({ kind }) => kind === 'Deployment')!;
const web = { namespace: 'shop', name: 'web-dragoman' };

test('a controller answers before it is ready, and is ready once it knows the cluster', async (t) => {
  const { server, run } = await cluster(t);
  fill(server);
  server.fault = ({ path }) => path.includes('/gateways') ? { status: 503 } : undefined;
  const { statusUrl, ready } = await run('a');
  const status = async (path: string): Promise<number> => (await fetch(new URL(path, statusUrl))).status;
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
  assert.equal(await status('/api/v1/gateways'), 200);
  server.fault = () => undefined;
  await ready;
  assert.equal(await status('/readyz'), 200);
  const metrics = await (await fetch(new URL('/metrics', statusUrl))).text();
  assert.match(metrics, /^dragoman_leader 1$/m);
});

test('the leader writes statuses, certificates, and what a Gateway needs', async (t) => {
  const { server, run } = await cluster(t);
  fill(server);
  await (await run('a')).ready;
  await eventually(() => {
    assert.deepEqual(routeConditions(server.get(kinds.HTTPRoute, { namespace: 'shop', name: 'cart' })), [
      'Accepted=True/Accepted',
      'ResolvedRefs=False/BackendNotFound',
    ]);
    const gateway = server.get(kinds.Gateway, { namespace: 'shop', name: 'web' });
    assert.deepEqual(conditions(gateway?.['status']).slice(0, 1), ['Accepted=True/Accepted']);
    assert.ok(server.get(deployments, web));
    assert.ok(server.get(kinds.Secret, { namespace: 'shop', name: 'web-dragoman-xds' }));
  });
});

test('a controller stops though the API server says nothing, at any time', async (t) => {
  for (const when of ['before it is ready', 'later'] as const) {
    const { server, run } = await cluster(t);
    fill(server);
    if (when !== 'later') server.fault = () => 'hang';
    const controller = await run('a');
    controller.ready.catch(() => {});
    if (when === 'later') await controller.ready;
    server.fault = () => 'hang';
    await eventually(() => assert.ok(server.requests.length > 0));
    const began = performance.now();
    await controller.stop();
    assert.ok(performance.now() - began < 15_000, when);
  }
});

test('a leader whose writes are not answered gives the lease back', async (t) => {
  const { server, run } = await cluster(t);
  fill(server);
  const a = await run('a');
  await a.ready;
  await eventually(() => assert.ok(server.get(deployments, web)));
  let hung = 0;
  server.fault = ({ method, path }) => {
    if (method !== 'PATCH' || !path.includes('/deployments/')) return undefined;
    hung++;
    return 'hang';
  };
  server.delete(deployments, web);
  await eventually(() => assert.equal(hung, 1));
  await a.stop();
  const { spec } = server.get(lease, { namespace, name: 'dragoman' }) as {
    readonly spec?: { readonly holderIdentity?: string };
  };
  assert.equal(spec?.holderIdentity, '');
});

test('of two replicas one writes, and the other when that one stops', async (t) => {
  const { server, run } = await cluster(t);
  fill(server);
  const a = await run('a');
  await a.ready;
  await eventually(() => assert.ok(server.get(deployments, web)));
  const b = await run('b');
  await b.ready;
  const writes = (by: string): number =>
    server.requests.filter(({ method, headers, path }) =>
      method === 'PATCH' && headers['user-agent'] === by && !path.includes('/leases')
    ).length;
  assert.equal(writes('b'), 0);
  await a.stop();
  server.delete(deployments, web);
  await eventually(() => assert.ok(server.get(deployments, web)));
  assert.ok(writes('b') > 0);
});

test('what cannot be decoded is told in its status, until it is mended', async (t) => {
  const { server, run } = await cluster(t);
  const put = (spec: Readonly<Record<string, unknown>>): void => {
    server.put(kinds.Mapping, {
      apiVersion: 'getambassador.io/v3alpha1',
      kind: 'Mapping',
      metadata: { namespace: 'shop', name: 'cart' },
      spec: { hostname: '*', prefix: '/cart/', service: 'cart', ...spec },
    });
  };
  const told = async (state: string, reason: RegExp): Promise<void> => {
    await eventually(() => {
      const status = server.get(kinds.Mapping, { namespace: 'shop', name: 'cart' })?.['status'];
      const found = status as Readonly<Record<string, string>> | undefined;
      assert.equal(found?.['state'], state);
      assert.match(found['reason'] ?? '', reason);
    });
  };
  put({ timeout_ms: 'soon' });
  await (await run('a')).ready;
  await told('Inactive', /^spec\.timeout_ms .*\.$/);
  put({});
  await told('Running', /^$/);
  put({ prefix: 7 });
  await told('Inactive', /^spec\.prefix .* What it was before counts until it is mended\.$/);
});

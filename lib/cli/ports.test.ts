import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startEcho } from '../echo/mod.ts';
import { EchoBackends } from './echo-backends.ts';
import { boundListeners, type Gateways } from './listeners.ts';
import { portProblems } from './ports.ts';

function gateway(bindPort: number, address = '127.0.0.1'): Gateways[number] {
  const ref = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default', name: 'web' };
  const key = 'default/web/80';
  return {
    key: 'default/web',
    listeners: [{ key, fleet: 'f', gateway: ref, address, bindPort, port: bindPort, chains: [] }],
    projections: [{
      key: 'Gateway/default/web/http',
      parent: ref,
      gateway: ref,
      fleet: 'f',
      section: 'http',
      port: 80,
      publicPort: bindPort,
      protocol: 'HTTP',
      kinds: [],
      namespaces: { from: 'All' },
      routeConfig: key,
      accepted: true,
    }],
  };
}

test('portProblems() names the Gateway, the listener and the flags of a taken address', async () => {
  await using other = await startEcho({ name: 'other' });
  const [problem, ...more] = await portProblems(boundListeners([gateway(other.port), gateway(0)]));
  assert.deepEqual(more, []);
  assert.match(
    problem ?? '',
    new RegExp(
      `Gateway default/web, listener http: 127\\.0\\.0\\.1:${other.port} is taken.*--port-shift or --bind`,
    ),
  );
});

test('portProblems() tells an address that is not of this machine', async () => {
  assert.match(
    (await portProblems(boundListeners([gateway(0, '198.51.100.1')])))[0] ?? '',
    /no address of this machine/,
  );
});

function service(endpoints: string): Parameters<EchoBackends['start']>[0][number] {
  const metadata = {
    name: 'a',
    namespace: 'default',
    generation: 1,
    annotations: { 'dragoman.dev/endpoints': endpoints },
  };
  return { key: 'default/a', apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ClusterIP' } };
}

test('EchoBackends answer where Services name loopback addresses, and nowhere else', async () => {
  const free = await startEcho({ name: 'free' });
  await free.close();
  const backends = new EchoBackends();
  await backends.start([service(`127.0.0.1:${free.port}, 192.0.2.1:80`)]);
  try {
    assert.deepEqual(backends.list().map(({ name, port }) => [name, port]), [['a', free.port]]);
    const answer = await fetch(`http://127.0.0.1:${free.port}/`);
    assert.equal((await answer.json() as { name: string }).name, 'a');
  } finally {
    await backends.close();
  }
});

test('EchoBackends name the Service whose address is taken', async () => {
  await using other = await startEcho({ name: 'other' });
  const backends = new EchoBackends();
  await assert.rejects(
    backends.start([service(`127.0.0.1:${other.port}`)]),
    /Service default\/a: .* is taken/,
  );
  assert.deepEqual(backends.list(), []);
});

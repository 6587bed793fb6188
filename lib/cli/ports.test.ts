import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';

import { startEcho } from '../echo/mod.ts';
import { freePort } from '../testing/free-port.ts';
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

test('portProblems() tells a listener that has the address of the status API', async () => {
  const listeners = boundListeners([gateway(8001)]);
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::']) {
    assert.deepEqual(await portProblems(listeners, { host, port: 8001 }), [
      'Gateway default/web, listener http: 127.0.0.1:8001 is for the status API: choose another for that with --status-address',
    ]);
  }
});

test('portProblems() asks for a port of UDP where a listener has one', async (t) => {
  await using other = await startEcho({ name: 'other' });
  const taken = createSocket('udp4');
  t.after(() => taken.close());
  await new Promise<void>((resolve) => taken.bind(0, '127.0.0.1', resolve));
  const udp = (port: number): Gateways[number] => {
    const { listeners, ...rest } = gateway(port);
    return {
      ...rest,
      listeners: listeners.map((each) => ({ ...each, udp: { cluster: 'c', idleTimeout: 1 } })),
    };
  };
  const free = { host: '127.0.0.1', port: other.port };
  assert.deepEqual(await portProblems(boundListeners([udp(other.port)]), free), []);
  const [problem] = await portProblems(boundListeners([udp(taken.address().port)]));
  assert.match(problem ?? '', /is taken by another program/);
});

test('boundListeners() names who has a port for HTTP/3, which keeps nothing from starting', async () => {
  const { listeners, ...rest } = gateway(0, '198.51.100.1');
  const quic = listeners.map((each) => ({ ...each, key: `${each.key}/quic`, quic: true as const }));
  const bound = boundListeners([{ ...rest, listeners: quic }]);
  assert.deepEqual(bound.map(({ name }) => name), ['Gateway default/web, listener http (HTTP/3)']);
  assert.deepEqual(await portProblems(bound), []);
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
  const free = await freePort();
  const backends = new EchoBackends();
  await backends.start([service(`127.0.0.1:${free}, 192.0.2.1:80`)]);
  try {
    assert.deepEqual(backends.list().map(({ name, port }) => [name, port]), [['a', free]]);
    const answer = await fetch(`http://127.0.0.1:${free}/`);
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

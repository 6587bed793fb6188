import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gatewayOf, http, listenerSetOf, said, standalone, translated, world } from './testing/world.ts';

test('spec.addresses of a Gateway in standalone mode', async (t) => {
  const cases: readonly {
    name: string;
    addresses: readonly object[];
    bound?: string;
    accepted?: string;
    unusable?: RegExp;
  }[] = [
    { name: 'none', addresses: [], bound: '127.0.0.1' },
    { name: 'an empty one', addresses: [{ type: 'IPAddress' }], bound: '127.0.0.1' },
    { name: 'the bind address', addresses: [{ value: '127.0.0.1' }], bound: '127.0.0.1' },
    { name: 'a loopback address', addresses: [{ value: '127.0.0.7' }], bound: '127.0.0.7' },
    { name: 'IPv6 loopback', addresses: [{ value: '::1' }], bound: '::1' },
    {
      name: 'an address of another machine',
      addresses: [{ value: '192.0.2.1' }],
      unusable: /addresses\[0\]: Address 192\.0\.2\.1 is neither/,
    },
    {
      name: 'one that can be had beside one that cannot',
      addresses: [{ value: '192.0.2.1' }, { value: '127.0.0.7' }],
      bound: '127.0.0.7',
      unusable: /addresses\[0\]/,
    },
    {
      name: 'two loopback addresses',
      addresses: [{ value: '127.0.0.7' }, { value: '127.0.0.8' }],
      bound: '127.0.0.7',
      unusable: /addresses\[1\]: Address 127\.0\.0\.8 is the Gateway's second/,
    },
    {
      name: 'routability',
      addresses: [{ value: '127.0.0.7', routability: 'Cluster' }],
      unusable: /Routability Cluster is not supported/,
    },
    {
      name: 'a type of others',
      addresses: [{ type: 'test/fake-invalid-type', value: 'x' }, { value: '127.0.0.7' }],
      accepted: 'False/UnsupportedAddress',
    },
    {
      name: 'a hostname',
      addresses: [{ type: 'Hostname', value: 'example.com' }],
      accepted: 'False/UnsupportedAddress',
    },
  ];
  for (const { name, addresses, bound, accepted = 'True/Accepted', unusable } of cases) {
    await t.test(name, () => {
      const { listeners, status } = translated({ listeners: [http], addresses });
      assert.equal(said(status.conditions)['Accepted'], accepted);
      assert.deepEqual(listeners.map(({ address }) => address), bound === undefined ? [] : [bound]);
      if (bound !== undefined) assert.deepEqual(status.addresses, [{ type: 'IPAddress', value: bound }]);
      if (unusable === undefined) assert.equal(status.unusableAddress, undefined);
      else assert.match(status.unusableAddress ?? '', unusable);
    });
  }
});

test('in Kubernetes the platform assigns addresses', () => {
  const addresses = [{ value: '192.0.2.1' }, { type: 'Hostname', value: 'lb.example.com' }, {
    type: 'IPAddress',
  }];
  const { status, listeners } = translated({ listeners: [http], addresses }, {
    ...standalone,
    mode: 'kubernetes',
  });
  assert.deepEqual(status.addresses, []);
  assert.deepEqual(status.requestedAddresses, ['192.0.2.1', 'lb.example.com']);
  assert.equal(status.unusableAddress, undefined);
  assert.equal(listeners[0]?.address, '0.0.0.0');
});

test('of two Gateways on one address and port the older one, then the first by name, has it', async (t) => {
  const cases: readonly { name: string; a?: string; b?: string; winner: string }[] = [
    { name: 'by name', winner: 'infra/a' },
    { name: 'by age', a: '2026-02-01T00:00:00Z', b: '2026-01-01T00:00:00Z', winner: 'infra/b' },
  ];
  for (const { name, a, b, winner } of cases) {
    await t.test(name, () => {
      const { graph, inputs, results } = world();
      const born = (creationTimestamp?: string): object =>
        creationTimestamp === undefined ? {} : { creationTimestamp };
      inputs.gateways.set(gatewayOf('a', { listeners: [http, { ...http, name: 'own', port: 81 }] }, born(a)));
      inputs.gateways.set(gatewayOf('b', { listeners: [http, { ...http, name: 'own', port: 82 }] }, born(b)));
      graph.commit();
      const loser = winner === 'infra/a' ? 'infra/b' : 'infra/a';
      const ports = (key: string): readonly (number | undefined)[] =>
        (results.get(key)?.listeners ?? []).map(({ port }) => port);
      assert.equal(ports(winner).includes(80), true);
      assert.equal(ports(loser).includes(80), false);
      assert.equal(ports(loser).length, 1);
      const result = results.get(loser);
      assert.equal(said(result?.status.listeners[0]?.conditions)['Accepted'], 'False/PortUnavailable');
      assert.equal(said(result?.status.conditions)['Accepted'], 'True/ListenersNotValid');
      assert.equal(
        result?.diagnostics[0]?.message,
        `Gateway/${loser} cannot have port 80 of 127.0.0.1: Gateway/${winner} has it.`,
      );
      assert.equal(result?.projections[0]?.accepted, false);
    });
  }
});

test('a loopback address of its own lets a Gateway have the same port, and a port that is let go is taken over', () => {
  const { graph, inputs, results } = world();
  inputs.gateways.set(gatewayOf('a', { listeners: [http] }));
  inputs.gateways.set(gatewayOf('b', { listeners: [http], addresses: [{ value: '127.0.0.2' }] }));
  graph.commit();
  assert.deepEqual(results.values().map(({ listeners }) => listeners[0]?.address), [
    '127.0.0.1',
    '127.0.0.2',
  ]);
  inputs.gateways.set(gatewayOf('b', { listeners: [http] }));
  graph.commit();
  assert.deepEqual(results.values().map(({ listeners }) => listeners.length), [1, 0]);
  inputs.gateways.delete('infra/a');
  graph.commit();
  assert.deepEqual(results.values().map(({ listeners }) => listeners.length), [1]);
});

test('ports of ListenerSets count as those of their Gateway', () => {
  const { graph, inputs, results } = world();
  const allowedListeners = { namespaces: { from: 'Same' } };
  inputs.gateways.set(gatewayOf('a', { listeners: [{ ...http, port: 8080 }] }));
  inputs.gateways.set(gatewayOf('web', { listeners: [http], allowedListeners }));
  inputs.listenerSets.set(
    listenerSetOf('more', [{ ...http, port: 8080 }, { ...http, name: 'alt', port: 8081 }]),
  );
  inputs.gateways.set(gatewayOf('z', { listeners: [{ ...http, port: 8081 }] }));
  graph.commit();
  const bound = results.values().flatMap(({ listeners }) => listeners.map(({ key }) => key));
  assert.deepEqual(bound, ['infra/a/8080', 'infra/web/80', 'infra/web/8081']);
});

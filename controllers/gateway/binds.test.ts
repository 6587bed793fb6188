import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gatewayOf, http, listenerSetOf, said, world } from './testing/world.ts';

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

test('a Gateway that is not accepted keeps no port from others', () => {
  const { graph, inputs, results } = world();
  const parametersRef = { group: 'example.com', kind: 'X', name: 'x' };
  inputs.gateways.set(gatewayOf('a', { listeners: [http], infrastructure: { parametersRef } }));
  inputs.gateways.set(gatewayOf('b', { listeners: [http] }));
  graph.commit();
  assert.deepEqual(results.values().map(({ listeners }) => listeners.length), [0, 1]);
});

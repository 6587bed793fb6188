import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createGraph } from '../../lib/graph/mod.ts';
import { objectsIn } from '../testing/golden.ts';
import {
  trafficPolicyFor,
  type TrafficPolicyResult,
  trafficTargets,
  translateTrafficPolicy,
} from './translate.ts';

function resultOf(spec: string): TrafficPolicyResult {
  const [object] = objectsIn(`
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: { name: p, namespace: shop, generation: 3, creationTimestamp: '2027-01-01T00:00:00Z' }
spec: ${spec}
`);
  assert.ok(object?.kind === 'XBackendTrafficPolicy');
  return translateTrafficPolicy(object);
}

const SERVICE = `{ group: '', kind: Service, name: a }`;

test('translateTrafficPolicy() targets Services and XBackends of its namespace alone', () => {
  const { targets, key, created } = resultOf(`
  targetRefs:
    - ${SERVICE}
    - { group: gateway.networking.x-k8s.io, kind: XBackend, name: b }
    - { group: gateway.networking.k8s.io, kind: Gateway, name: c }
    - { group: other.example, kind: Service, name: d }`);
  assert.deepEqual(targets, ['shop/a', 'XBackend/shop/b']);
  assert.deepEqual([key, created], ['shop/p', Date.UTC(2027, 0, 1)]);
});

for (
  const [said, budget] of [
    ['{}', { percent: 20, interval: 10_000, minConcurrent: 10 }],
    ['{ budget: { percent: 5, interval: 1m } }', { percent: 5, interval: 60_000, minConcurrent: 10 }],
    // Of a rate below one a second the one that is needed at all; others are rounded up.
    ['{ minRetryRate: { count: 3, interval: 1m } }', { percent: 20, interval: 10_000, minConcurrent: 1 }],
    ['{ minRetryRate: { count: 3, interval: 2s } }', { percent: 20, interval: 10_000, minConcurrent: 2 }],
    ['{ minRetryRate: { count: 7 } }', { percent: 20, interval: 10_000, minConcurrent: 7 }],
    ['{ minRetryRate: { interval: 100ms } }', { percent: 20, interval: 10_000, minConcurrent: 100 }],
  ] as const
) {
  test(`translateTrafficPolicy() makes a retry budget of ${said}`, () => {
    const { retryBudget } = resultOf(`{ targetRefs: [${SERVICE}], retryConstraint: ${said} }`);
    assert.deepEqual(retryBudget, budget);
  });
}

test('translateTrafficPolicy() has nothing that the policy does not ask for', () => {
  const { retryBudget, session } = resultOf(`{ targetRefs: [${SERVICE}] }`);
  assert.deepEqual([retryBudget, session], [undefined, undefined]);
});

test('trafficPolicyFor() finds the oldest policy, then the first by name', () => {
  const graph = createGraph();
  const results = graph.input<TrafficPolicyResult>('results');
  const policies = graph.index('policies', results, trafficTargets);
  const winners = graph.map('winners', policies, ({ key }, fetch) => {
    const winner = trafficPolicyFor(fetch, policies, key);
    return winner && { key, winner: winner.key };
  });
  const put = (name: string, created: number, ...targets: readonly string[]): void => {
    const policy = { group: '', kind: 'XBackendTrafficPolicy', namespace: 'shop', name };
    results.set({ key: `shop/${name}`, policy, generation: 1, created, targets });
  };
  const winner = (): string | undefined => {
    graph.commit();
    return winners.get('shop/a')?.winner;
  };
  put('b', 2, 'shop/a', 'shop/a');
  assert.equal(winner(), 'shop/b');
  put('a', 2, 'shop/a');
  assert.equal(winner(), 'shop/a', 'equally old');
  put('z', 1, 'shop/a');
  assert.equal(winner(), 'shop/z');
  results.delete('shop/z');
  assert.equal(winner(), 'shop/a');
});

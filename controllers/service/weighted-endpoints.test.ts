import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Endpoint } from '../../lib/model/mod.ts';
import { weightedEndpoints } from './weighted-endpoints.ts';

function at(...last: readonly number[]): readonly Endpoint[] {
  return last.map((each) => ({ address: `10.0.0.${each}`, port: 53 }));
}

function shown(endpoints: readonly Endpoint[]): readonly string[] {
  return endpoints.map(({ address, port, weight }) => `${address}:${port}=${weight ?? '-'}`);
}

test('weightedEndpoints() divides the share of a backend among its endpoints', () => {
  const endpoints = weightedEndpoints([
    { weight: 70, endpoints: at(1) },
    { weight: 30, endpoints: at(2, 3) },
    { weight: 0, endpoints: at(4) },
  ]);
  assert.deepEqual(shown(endpoints), ['10.0.0.1:53=14', '10.0.0.2:53=3', '10.0.0.3:53=3']);
});

test('weightedEndpoints() needs no weights where all are equal', () => {
  const endpoints = weightedEndpoints([{ weight: 2, endpoints: at(1, 2) }, { weight: 1, endpoints: at(3) }]);
  assert.deepEqual(shown(endpoints), ['10.0.0.1:53=-', '10.0.0.2:53=-', '10.0.0.3:53=-']);
});

test('weightedEndpoints() loses the share of a backend without endpoints, and has none if none has any', () => {
  const lost = weightedEndpoints([{ weight: 1, endpoints: at(1) }, { weight: 3, endpoints: [] }]);
  assert.deepEqual(shown(lost), ['10.0.0.1:53=1', '127.0.0.1:9=3']);
  assert.deepEqual(weightedEndpoints([{ weight: 1, endpoints: [] }]), []);
  assert.deepEqual(weightedEndpoints([{ weight: 0, endpoints: at(1) }, { weight: 1, endpoints: [] }]), []);
});

test('weightedEndpoints() adds up what an endpoint gets, and uses those that terminate if there are no others', () => {
  const twice = weightedEndpoints([{ weight: 2, endpoints: at(1) }, { weight: 1, endpoints: at(1, 2) }]);
  assert.deepEqual(shown(twice), ['10.0.0.1:53=833334', '10.0.0.2:53=166667']);
  const draining = at(2).map((endpoint) => ({ ...endpoint, draining: true }));
  const some = weightedEndpoints([{ weight: 1, endpoints: [...at(1), ...draining] }, {
    weight: 1,
    endpoints: draining,
  }]);
  assert.deepEqual(shown(some), ['10.0.0.1:53=-', '10.0.0.2:53=-']);
});

test('weights are such as Envoy takes, whatever is asked for', () => {
  const backend = fc.record({
    weight: fc.integer({ min: 0, max: 1_000_000 }),
    endpoints: fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 20 }).map((last) => at(...last)),
  });
  fc.assert(
    fc.property(fc.array(backend, { maxLength: 16 }), (backends) => {
      const endpoints = weightedEndpoints(backends);
      const weights = endpoints.map(({ weight = 1 }) => weight);
      assert.ok(weights.every((weight) => Number.isInteger(weight) && weight >= 1));
      assert.ok(weights.reduce((sum, weight) => sum + weight, 0) < 2 ** 32);
      assert.ok(
        endpoints.every(({ weight }) => (weight === undefined) === (endpoints[0]?.weight === undefined)),
      );
    }),
  );
});

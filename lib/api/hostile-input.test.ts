import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { decode } from './decode.ts';
import { apiVersionOf, type KindName, kinds } from './kinds.ts';
import { filterRuleCases } from './testing/filter-rule-cases.ts';
import { gatewayRuleCases } from './testing/gateway-rule-cases.ts';
import { policyRuleCases } from './testing/policy-rule-cases.ts';
import { routeRuleCases } from './testing/route-rule-cases.ts';

interface Sample {
  readonly kind: KindName;
  readonly spec: unknown;
}

const samples: readonly Sample[] = [
  ...filterRuleCases,
  ...gatewayRuleCases,
  ...policyRuleCases,
  ...routeRuleCases,
].filter(({ part }) => part !== 'status').map(({ kind, good }) => ({ kind, spec: good }));

function manifestOf({ kind, spec }: Sample): object {
  return { apiVersion: apiVersionOf(kinds[kind]), kind, metadata: { name: 'a' }, spec };
}

/** The value with the node that is reached by `steps` replaced. */
function replaced(value: unknown, steps: readonly number[], by: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value);
  if (entries.length === 0) return by;
  const chosen = step % entries.length;
  const changed = entries.map((
    [key, item],
    index,
  ) => [key, index === chosen ? replaced(item, rest, by) : item]);
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(undefined, NaN, 1e300, -1, '', 'a'.repeat(10_000), { __proto__: 1 }),
);

test('decode() never throws, and decoding its own output changes nothing', () => {
  const steps = fc.array(fc.nat({ max: 20 }), { maxLength: 10 });
  fc.assert(
    fc.property(fc.constantFrom(...samples), steps, anyValue, (sample, path, value) => {
      const raw = replaced(manifestOf(sample), path, value);
      const { object, problems } = decode(raw);
      if (object === undefined) {
        assert.ok(problems.length > 0);
        return;
      }
      assert.ok(problems.every(({ severity }) => severity === 'warning'));
      const { key, ...manifest } = object;
      const again = decode(manifest);
      assert.deepEqual(again.problems, []);
      assert.deepEqual(again.object, object);
      assert.equal(again.object?.key, key);
    }),
    { numRuns: 3000 },
  );
});

test('decode() answers at once whatever a string holds', () => {
  const texts = [
    'a'.repeat(5_000_000),
    `${'a'.repeat(4000)}\n`,
    `${'a.'.repeat(2000)}_`,
    `${'%20'.repeat(300)}%`,
  ];
  for (const text of texts) {
    for (const sample of samples) {
      const started = performance.now();
      const raw: unknown = JSON.parse(JSON.stringify(manifestOf(sample)), (key, value: unknown) => {
        return typeof value === 'string' && key !== 'kind' && key !== 'apiVersion' ? text : value;
      });
      decode(raw);
      assert.ok(performance.now() - started < 5000, `${sample.kind} took too long`);
    }
  }
});

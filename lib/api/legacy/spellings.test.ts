import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { decode } from '../decode.ts';
import { anySpellings } from './testing/spellings.ts';

function specOf(kind: string, version: string, spec: object): unknown {
  const { object, problems } = decode({
    apiVersion: `getambassador.io/${version}`,
    kind,
    metadata: { name: 'a' },
    spec,
  });
  assert.deepEqual(problems, []);
  assert.ok(object !== undefined && 'spec' in object);
  return object.spec;
}

test('whatever the spelling, v1, v2 and v3alpha1 give one canonical form', () => {
  fc.assert(
    fc.property(anySpellings, ({ kind, v3alpha1, v2 }) => {
      const canonical = specOf(kind, 'v3alpha1', v3alpha1);
      assert.deepEqual(specOf(kind, 'v2', v2), canonical);
      if (kind !== 'Host') assert.deepEqual(specOf(kind, 'v1', v2), canonical);
    }),
    { numRuns: 3000 },
  );
});

test('v2 under the name of v3alpha1, as a cluster answers that converts nothing, means the same', () => {
  fc.assert(
    fc.property(anySpellings, ({ kind, v2 }) => {
      const stored = kind === 'Mapping' ? { host: '*', ...v2 } : v2;
      // An empty host cannot be told from that of a Mapping of v3alpha1 that has none.
      fc.pre(!('host' in stored) || stored.host !== '');
      const { host, ...spec } = specOf(kind, 'v3alpha1', stored) as {
        readonly host?: { readonly type: string };
      };
      const { host: expected, ...others } = specOf(kind, 'v2', v2) as typeof spec & {
        readonly host?: object;
      };
      assert.deepEqual(spec, others);
      // Without a `*` a glob is an exact name.
      assert.deepEqual(host?.type === 'Exact' ? { ...host, type: 'Glob' } : host, expected);
    }),
    { numRuns: 2000 },
  );
});

test('the order in which fields and keys are written never shows', () => {
  fc.assert(
    fc.property(anySpellings, ({ kind, v2 }) => {
      assert.deepEqual(specOf(kind, 'v2', reversed(v2)), specOf(kind, 'v2', v2));
    }),
    { numRuns: 500 },
  );
});

function reversed<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, field]) => [key, reversed(field)]),
  ) as T;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode } from './decode.ts';
import { opaqueSchema } from './opaque.ts';

test('opaqueSchema takes any mapping as it is, up to a depth', () => {
  const value = { a: [{ b: null, c: { d: 1 } }] };
  assert.deepEqual(opaqueSchema.parse(value), value);
  const nested = (depth: number): unknown => depth === 0 ? 1 : { a: nested(depth - 1) };
  assert.equal(opaqueSchema.safeParse(nested(20)).success, true);
  assert.equal(opaqueSchema.safeParse(nested(21)).success, false);
  assert.equal(opaqueSchema.safeParse(nested(2_000)).success, false);
  for (const other of [1, 'a', [], null]) assert.equal(opaqueSchema.safeParse(other).success, false);
});

test('decode() keeps what an opaque field holds', () => {
  const affinity = { nodeAffinity: { made: { up: null } } };
  const { object, problems } = decode({
    apiVersion: 'dragoman.dev/v1alpha1',
    kind: 'GatewayParameters',
    metadata: { name: 'a' },
    spec: { affinity },
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(object?.kind === 'GatewayParameters' ? object.spec.affinity : undefined, affinity);
});

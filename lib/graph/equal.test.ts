import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equal } from './equal.ts';

test('`equal()` compares content, not identity or the order of properties', () => {
  assert.ok(equal({ a: [1, { b: 'x' }], c: null }, { c: null, a: [1, { b: 'x' }] }));
  assert.ok(equal(new Uint8Array([1, 2]), new Uint8Array([1, 2])));
  assert.ok(equal(Number.NaN, Number.NaN));
  assert.ok(equal({ a: { b: undefined }, c: 1 }, { a: {}, c: 1 }));
  assert.ok(equal({}, { a: undefined }));
  assert.ok(equal(Object.create(null), {}));
});

test('`equal()` tells different kinds of values apart', () => {
  const different: [unknown, unknown][] = [
    [1, '1'],
    [null, undefined],
    [null, {}],
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [{}, { constructor: Object }],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array([1]), [1]],
    [new Map(), new Map()],
    [() => 1, () => 1],
  ];
  for (const [a, b] of different) {
    assert.ok(!equal(a, b));
    assert.ok(!equal(b, a));
  }
});

test('`equal()` is reflexive over copies, symmetric, and sees every edit of a JSON value', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  fc.assert(fc.property(json, json, (a, b) => {
    assert.ok(equal(a, structuredClone(a)));
    assert.equal(equal(a, b), equal(b, a));
    assert.ok(!equal({ a, b: [a, b] }, { a, b: [a, { b }] }));
  }));
});

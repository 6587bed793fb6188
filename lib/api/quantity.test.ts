import assert from 'node:assert/strict';
import { test } from 'node:test';

import { quantitySchema, quantityValue } from './quantity.ts';

test('quantitySchema takes what Kubernetes takes', () => {
  for (const good of [2, '0', '1', '100m', '1.5', '.5', '2.', '+1', '512Mi', '1Ei', '1E', '12e6', '1E-3']) {
    assert.equal(quantitySchema.parse(good), good);
  }
  for (const bad of ['', '-1', '1 Gi', '1gi', '1Mib', 'm', 'e3', '1e', -1, 1.5, null, '1'.repeat(33)]) {
    assert.equal(quantitySchema.safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test('quantityValue() is the number that a quantity says', () => {
  const cases: readonly (readonly [number | string, number])[] = [
    [2, 2],
    ['2', 2],
    ['100m', 0.1],
    ['+1.5', 1.5],
    ['.5Ki', 512],
    ['512Mi', 536_870_912],
    ['1G', 1e9],
    ['1E', 1e18],
    ['12e6', 12e6],
    ['1E-3', 0.001],
  ];
  for (const [quantity, value] of cases) assert.equal(quantityValue(quantity), value, String(quantity));
});

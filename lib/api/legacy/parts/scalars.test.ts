import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commaList, goDurationSchema, secondsSchema, stringList } from './scalars.ts';

test('commaList() drops spaces and what is empty', () => {
  assert.deepEqual(commaList('v2').parse(' a,, b ,'), ['a', 'b']);
  assert.deepEqual(commaList('v2').parse(['a, b']), ['a, b']);
  assert.equal(commaList('v3alpha1').safeParse('a').success, false);
});

test('stringList() takes one string before v3alpha1', () => {
  assert.deepEqual(stringList('v0').parse('a, b'), ['a, b']);
  assert.equal(stringList('v3alpha1').safeParse('a').success, false);
});

test('durations are in ms', () => {
  assert.deepEqual(['5s', '0.25s', '0.0004s'].map((text) => secondsSchema.parse(text)), [5000, 250, 0]);
  assert.deepEqual(['1h2m3.5s', '250ms', '1500us'].map((text) => goDurationSchema.parse(text)), [
    3_723_500,
    250,
    2,
  ]);
  for (const wrong of ['', '5', '-5s', '1m']) assert.equal(secondsSchema.safeParse(wrong).success, false);
  for (const wrong of ['', '5', '-5s', '1d', '1s 2s']) {
    assert.equal(goDurationSchema.safeParse(wrong).success, false);
  }
});

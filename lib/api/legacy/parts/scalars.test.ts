import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commaListSchema, goDurationSchema, secondsSchema, stringListSchema } from './scalars.ts';

test('a list of strings may be one string', () => {
  assert.deepEqual(stringListSchema.parse('a, b'), ['a, b']);
  assert.deepEqual(commaListSchema.parse(' a,, b ,'), ['a', 'b']);
  assert.deepEqual(commaListSchema.parse(['a, b']), ['a, b']);
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

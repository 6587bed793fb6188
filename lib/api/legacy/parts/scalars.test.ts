import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  commaListSchema,
  countSchema,
  goDurationSchema,
  secondsSchema,
  stringListSchema,
} from './scalars.ts';

test('a list of strings may be one string', () => {
  assert.deepEqual(stringListSchema.parse('a, b'), ['a, b']);
  assert.deepEqual(commaListSchema.parse(' a,, b ,'), ['a', 'b']);
  assert.deepEqual(commaListSchema.parse(['a, b']), ['a, b']);
});

test('counts are no greater than Envoy can be told', () => {
  assert.equal(countSchema.parse(4_294_967_295), 4_294_967_295);
  for (const wrong of [4_294_967_296, -1, 1.5]) assert.equal(countSchema.safeParse(wrong).success, false);
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

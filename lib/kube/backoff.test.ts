import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Backoff } from './backoff.ts';

const options = { baseMs: 100, maxMs: 1_000 };

test('next() doubles up to the maximum, and begins again after reset()', () => {
  const backoff = new Backoff(options, () => 1);
  assert.deepEqual(Array.from({ length: 6 }, () => backoff.next()), [100, 200, 400, 800, 1_000, 1_000]);
  for (let i = 0; i < 100; i++) backoff.next();
  assert.equal(backoff.next(), 1_000);
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test('next() takes off up to half, but waits as long as it was told', () => {
  const backoff = new Backoff(options, () => 0);
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next(3_000), backoff.next()], [
    50,
    100,
    3_000,
    400,
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

const options = { baseMs: 100, maxMs: 1_000, healthyMs: 5_000 };

test('next() doubles up to the maximum', () => {
  const backoff = new Backoff(options, () => 1);
  assert.deepEqual(Array.from({ length: 6 }, () => backoff.next(10)), [100, 200, 400, 800, 1_000, 1_000]);
});

test('next() takes off up to half', () => {
  const backoff = new Backoff(options, () => 0);
  assert.deepEqual(Array.from({ length: 3 }, () => backoff.next(10)), [50, 100, 200]);
});

test('next() begins again after a healthy run', () => {
  const backoff = new Backoff(options, () => 1);
  for (let i = 0; i < 100; i++) backoff.next(10);
  assert.equal(backoff.next(4_999), 1_000);
  assert.equal(backoff.next(5_000), 100);
  assert.equal(backoff.next(10), 200);
});

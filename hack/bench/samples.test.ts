import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now, percentile, summarize } from './samples.ts';

test('percentile() takes the nearest rank, whatever the order', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(samples, 50), 50);
  assert.equal(percentile(samples, 99), 99);
  assert.equal(percentile(samples, 100), 100);
  assert.equal(percentile(samples, 0), 1);
  assert.deepEqual(samples[0], 100, 'the samples stay as they were');
});

test('percentile() of a few samples is one of them', () => {
  assert.equal(percentile([7], 50), 7);
  assert.equal(percentile([7], 99), 7);
  assert.equal(percentile([2, 10], 50), 2);
  assert.equal(percentile([10, 2], 99), 10);
  assert.equal(percentile([9, 10, 100], 50), 10);
});

test('percentile() and summarize() have no figure without samples', () => {
  assert.ok(Number.isNaN(percentile([], 50)));
  assert.deepEqual(summarize([]), { count: 0, mean: NaN, p50: NaN, p99: NaN, max: NaN });
});

test('summarize() tells count, mean and ranks', () => {
  assert.deepEqual(summarize([3, 1, 2, 6]), { count: 4, mean: 3, p50: 2, p99: 6, max: 6 });
});

test('now() counts milliseconds and never goes back', () => {
  const before = performance.now();
  const first = now();
  while (performance.now() < before + 5);
  const passed = now() - first;
  assert.ok(passed > 0 && passed < 1_000, `${passed} ms`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Verdict } from './probe.ts';

test('one success is enough by default, and three failures', () => {
  const verdict = new Verdict({});
  assert.equal(verdict.passed, undefined);
  assert.equal(verdict.add(true), true);
  assert.equal(verdict.passed, true);
  assert.deepEqual([verdict.add(false), verdict.add(false), verdict.add(false)], [false, false, true]);
  assert.equal(verdict.passed, false);
});

test('a success between failures begins the row again', () => {
  const verdict = new Verdict({ failureThreshold: 2 });
  assert.deepEqual([false, true, false].map((result) => verdict.add(result)), [false, true, false]);
  assert.equal(verdict.passed, true);
});

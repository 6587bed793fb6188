import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { duration } from './duration.ts';

test('duration() keeps every millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (ms) => {
      const { seconds, nanos } = duration(ms);
      assert.ok(nanos >= 0 && nanos < 1e9);
      assert.equal(Number(seconds) * 1_000 + nanos / 1e6, ms);
    }),
  );
});

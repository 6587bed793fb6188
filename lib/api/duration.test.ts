import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationMs, durationSchema } from './duration.ts';

test('durationMs() adds up the units', () => {
  assert.equal(durationMs('0s'), 0);
  assert.equal(durationMs('250ms'), 250);
  assert.equal(durationMs('1h2m3s4ms'), 3_723_004);
  assert.equal(durationMs('10s10s'), 20_000);
});

test('durationSchema takes what GEP-2257 allows', () => {
  for (const good of ['0h', '99999s', '1h1m1s1ms', '5m']) {
    assert.ok(durationSchema.safeParse(good).success, good);
  }
  for (const bad of ['', '5', '1.5s', '-1s', '100000s', '1us', '1h1h1h1h1h', '1 s', '1s\n']) {
    assert.ok(!durationSchema.safeParse(bad).success, bad);
  }
});

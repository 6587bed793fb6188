import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Attempts } from './attempts.ts';

test('attempts at the same thing are kept further and further apart, at another thing they are not', () => {
  const attempts = new Attempts([1_000, 8_000]);
  assert.equal(attempts.wait('a', 'x'), 0);
  const waits = Array.from({ length: 6 }, () => {
    attempts.made('a', 'x', { ok: false });
    return attempts.wait('a', 'x');
  });
  const bounds = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
  for (const [index, most] of bounds.entries()) {
    const wait = waits[index] ?? 0;
    assert.ok(wait > most / 2 - 50 && wait <= most, `${wait} of ${most}`);
  }
  assert.equal(attempts.wait('a', 'y'), 0);
  assert.equal(attempts.wait('b', 'x'), 0);
  attempts.forget('a');
  assert.equal(attempts.wait('a', 'x'), 0);
});

test('after a success that follows failures the delays begin anew', () => {
  const attempts = new Attempts([1_000, 60_000]);
  for (let index = 0; index < 5; index++) attempts.made('a', 'x', { ok: false });
  attempts.made('a', 'x', { ok: true });
  assert.ok(attempts.wait('a', 'x') <= 1_000);
});

test('attempts at what there is no more are forgotten', (t) => {
  const now = t.mock.method(performance, 'now', () => 0);
  const attempts = new Attempts([1_000, 8_000]);
  for (let index = 0; index < 1_000; index++) {
    now.mock.mockImplementation(() => index * 1_000);
    attempts.made(`gateway ${index}`, 'x', { ok: index % 2 === 0 });
  }
  assert.ok(attempts.size < 100, `${attempts.size}`);
});

import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';

import { ApiError } from './api-error.ts';
import { Lane } from './lane.ts';

test('a pause keeps no process alive', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const lane = new Lane({ width: 1, pauseMs: [10, 20], onRoom: () => {} });
  const request = lane.run(() =>
    Promise.reject(
      new ApiError({ status: 503, reason: '', message: '', retryAfterMs: 60_000 }),
    )
  );
  lane.stop();
  await request;
  assert.equal(lane.hasRoom, false);
  assert.equal(timers(), before);
});

test('the API server is to blame for what one object alone cannot be, or several in a row are hit by', () => {
  const lane = new Lane({ width: 1, pauseMs: [10, 20], onRoom: () => {} });
  const failure = (status: number, retryAfterMs?: number): ApiError =>
    new ApiError({ status, reason: '', message: '', retryAfterMs });
  for (const status of [0, 401, 429, 503]) assert.equal(lane.blames(failure(status), 'a'), true, `${status}`);
  assert.equal(lane.blames(failure(500, 1_000), 'a'), true);
  assert.equal(lane.blames(failure(403), 'a'), false);
  assert.deepEqual(['a', 'b', 'a', 'c', 'a'].map((key) => lane.blames(failure(500), key)), [
    false,
    false,
    false,
    true,
    true,
  ]);
  lane.answered();
  assert.equal(lane.blames(failure(504), 'd'), false);
});

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

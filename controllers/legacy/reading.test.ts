import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAmbassadorModule } from '../../lib/api/legacy/mod.ts';
import { bufferLimitOf, readingOf } from './reading.ts';

test('a limit of 0 in the Module is none, and not one that nothing can keep', () => {
  const said = { ...defaultAmbassadorModule(), listenerIdleTimeoutMs: 0, bufferLimitBytes: 0 };
  assert.deepEqual(readingOf(0, said), readingOf(0, defaultAmbassadorModule()));
  assert.equal(bufferLimitOf(said), 1024 * 1024);
  assert.equal(readingOf(0, { ...said, listenerIdleTimeoutMs: 5 }).idleTimeout, 5);
});

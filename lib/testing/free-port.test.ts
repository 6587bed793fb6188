import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

test('a port is given once, and none that somebody listens on', async () => {
  const first = await freePort();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(first + 1, '127.0.0.1', resolve));
  try {
    const given = [first];
    for (let i = 0; i < 600; i++) given.push(await freePort());
    assert.equal(new Set(given).size, given.length);
    assert.equal(given.includes(first + 1), false);
  } finally {
    await new Promise((resolve) => taken.close(resolve));
  }
});

test('a port and the one so much above it are both free, and not given again', async () => {
  const first = await freePort({ offset: 363 });
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(first + 363, '127.0.0.1', resolve));
  await new Promise((resolve) => taken.close(resolve));
  assert.ok(await freePort() !== first + 363);
  await assert.rejects(freePort({ offset: 511 }), /offset/);
});

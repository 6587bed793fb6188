import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain } from './drain.ts';

test('drain() waits for an Envoy that is slow to say what is in flight', async (t) => {
  let looks = 0;
  const admin = createServer((request, response) => {
    void (async () => {
      if (request.url?.startsWith('/stats')) await sleep(++looks === 1 ? 1_200 : 0);
      response.end(`listener.x.downstream_cx_active: ${looks < 3 ? 1 : 0}\n`);
    })();
  });
  await once(admin.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    admin.closeAllConnections();
    admin.close();
  });
  const { port } = admin.address() as AddressInfo;
  assert.equal(await drain({ host: '127.0.0.1', port }, { timeoutMs: 60_000, quietMs: 0 }), true);
  assert.equal(looks, 3);
});

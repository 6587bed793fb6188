import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEcho } from '../echo/mod.ts';
import { freePort } from '../testing/free-port.ts';
import { dragoman } from './testing/command.ts';

test('`echo` serves until it is told to stop, and logs requests if asked', async () => {
  const stop = new AbortController();
  let out = '';
  const port = await freePort();
  const ended = dragoman(['echo', '--name', 'me', '--log', '--port', String(port)], {
    out: (text) => void (out += text),
    signal: stop.signal,
  });
  while (!out.includes('\n')) await sleep(5);
  const url = `http://127.0.0.1:${port}`;
  assert.equal(out, `me answers at ${url}\n`);
  const answer = await fetch(`${url}/hello`);
  assert.equal((await answer.json() as { name: string }).name, 'me');
  stop.abort();
  assert.equal((await ended).code, 0);
  assert.match(out, /GET 127\.0\.0\.1:\d+ \/hello\n$/);
  await assert.rejects(fetch(url));
});

test('`echo` names a taken port and the flag to change', async () => {
  await using other = await startEcho({ name: 'other' });
  const { code, err } = await dragoman(['echo', '--port', String(other.port)]);
  assert.equal(code, 1);
  assert.match(err, new RegExp(`127\\.0\\.0\\.1:${other.port} is taken.*--port`));
});

test('`echo` wants certificate and key together', async () => {
  const { code, err } = await dragoman(['echo', '--tls-cert', 'x.pem']);
  assert.equal(code, 1);
  assert.match(err, /--tls-cert and --tls-key/);
});

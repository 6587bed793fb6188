import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { createConnection } from 'node:net';
import { test } from 'node:test';

import type { SeenRequest } from './answer.ts';
import { type Echo, startEcho } from './server.ts';

async function seen(answer: Response): Promise<SeenRequest> {
  return await answer.json() as SeenRequest;
}

function url(echo: Echo, path: string): string {
  return `http://${echo.host}:${echo.port}${path}`;
}

test('startEcho() answers with the request that it saw and its name', async () => {
  await using echo = await startEcho({ name: 'one' });
  const answer = await fetch(url(echo, '/a/b?c=d'), {
    method: 'POST',
    body: 'hello',
    headers: { 'x-test': 'yes' },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-echo-name'), 'one');
  const request = await seen(answer);
  assert.equal(request.name, 'one');
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/a/b?c=d');
  assert.equal(request.httpVersion, '1.1');
  assert.equal(request.host, `127.0.0.1:${echo.port}`);
  assert.equal(request.headers['x-test'], 'yes');
  assert.deepEqual([request.bodyBytes, request.body], [5, 'hello']);
});

test('startEcho() answers with the status and after the delay that are asked for', async () => {
  await using echo = await startEcho({ name: 'one' });
  const started = performance.now();
  const answer = await fetch(url(echo, '/?status=503&delay=50'));
  assert.equal(answer.status, 503);
  await answer.text();
  assert.ok(performance.now() - started >= 45);
  assert.equal((await fetch(url(echo, '/?status=204'))).status, 204);
});

test('startEcho() wants a header where the path says so', async () => {
  await using echo = await startEcho({ name: 'one' });
  const refused = await fetch(url(echo, '/require/authorization/more'));
  assert.equal(refused.status, 401);
  await refused.text();
  const granted = await fetch(url(echo, '/require/authorization'), { headers: { authorization: 'me' } });
  assert.deepEqual([granted.status, granted.headers.get('x-required')], [200, 'me']);
  await granted.text();
});

test('startEcho() speaks HTTP/2 on the same port', async () => {
  await using echo = await startEcho({ name: 'one' });
  const client = connectHttp2(url(echo, ''));
  try {
    const text = await new Promise<string>((resolve, reject) => {
      const request = client.request({ ':path': '/h2' });
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => resolve(body));
      request.on('error', reject);
      request.end();
    });
    const request = JSON.parse(text) as SeenRequest;
    assert.deepEqual([request.httpVersion, request.path, request.host], [
      '2',
      '/h2',
      `127.0.0.1:${echo.port}`,
    ]);
  } finally {
    client.destroy();
  }
});

test('startEcho() sends WebSocket messages back', async () => {
  await using echo = await startEcho({ name: 'one' });
  const socket = new WebSocket(`ws://127.0.0.1:${echo.port}/chat`);
  const messages: unknown[] = [];
  const long = 'x'.repeat(70_000);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => {
      socket.send('hello');
      socket.send('y'.repeat(300));
      socket.send(long);
    };
    socket.onmessage = ({ data }) => {
      messages.push(data);
      if (messages.length === 3) resolve();
    };
    socket.onerror = () => reject(new Error('the WebSocket failed'));
  });
  assert.deepEqual(messages, ['hello', 'y'.repeat(300), long]);
  const closed = new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code)));
  socket.close(1000);
  assert.equal(await closed, 1000);
});

test('close() ends idle and open connections', async () => {
  const echo = await startEcho({ name: 'one' });
  const idle = createConnection(echo.port, echo.host);
  idle.on('error', () => {});
  await new Promise((resolve) => idle.once('connect', resolve));
  idle.write('GET /?delay=5000 HTTP/1.1\r\nHost: a\r\n\r\n');
  const ended = new Promise((resolve) => idle.once('close', resolve));
  await echo.close();
  await ended;
});

test('startEcho() rejects if the port is taken', async () => {
  await using echo = await startEcho({ name: 'one' });
  await assert.rejects(startEcho({ name: 'two', port: echo.port }), { code: 'EADDRINUSE' });
});

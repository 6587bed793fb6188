import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation } from './conversation.ts';
import { seenHeader } from './expect.ts';
import { Http2Client } from './http2-request.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

/** What a port reads of requests, by what the Module says. */
const served = listener('http') + everyHost() + service('a') +
  legacy('Mapping', 'a', '{ hostname: "*", prefix: /, rewrite: "", service: a }') +
  legacy('Mapping', 'shop', '{ hostname: shop.example, prefix: /shop/, rewrite: "", service: a }');

function start(config: string): Promise<Standalone> {
  const module = legacy('Module', 'ambassador', `{ config: ${config} }`);
  return Standalone.start({ files: { 'all.yaml': served, 'module.yaml': module } });
}

function get(dragoman: Standalone, options: Omit<RequestOptions, 'port'> = {}): Promise<Answer> {
  return send({ port: dragoman.port('http'), host: 'www.example', ...options });
}

test('paths and hosts are put straight as the Module says, before anything is matched', async () => {
  await using plain = await start('{}');
  assert.equal((await get(plain, { path: '/a//b/../c' })).seen?.path, '/a//c');
  assert.equal((await get(plain, { path: '/a%2fb' })).seen?.path, '/a%2fb');
  await using straight = await start(
    '{ merge_slashes: true, reject_requests_with_escaped_slashes: true, strip_matching_host_port: true }',
  );
  assert.equal((await get(straight, { path: '/a//b/../c' })).seen?.path, '/a/c');
  for (const path of ['/a%2fb', '/a%2Fb', '/a%5cb']) {
    assert.equal((await get(straight, { path })).status, 400, path);
  }
  const port = straight.port('http');
  assert.equal(
    (await get(straight, { path: '/shop/', host: `shop.example:${port}` })).seen?.host,
    'shop.example',
  );
  assert.equal(
    (await get(plain, { path: '/shop/', host: `shop.example:${plain.port('http')}` })).seen?.host,
    `shop.example:${plain.port('http')}`,
  );
});

test('HTTP/1.0, lengths beside chunks, and odd names of headers are taken as the Module says', async () => {
  const chunked =
    'POST / HTTP/1.1\r\nhost: www.example\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n';
  const status = async (dragoman: Standalone, text: string): Promise<number> => {
    using conversation = await Conversation.begin(dragoman.port('http'));
    return Number((await conversation.say(text)).split(' ')[1]);
  };
  const odd = { 'x_odd': '1', 'x-fine': '1' };
  {
    await using plain = await start('{}');
    assert.equal(await status(plain, 'GET / HTTP/1.0\r\n\r\n'), 426);
    assert.equal(await status(plain, chunked), 400);
    assert.equal(seenHeader(await get(plain, { headers: odd }), 'x_odd'), '1');
  }
  {
    await using lax = await start(
      '{ enable_http10: true, allow_chunked_length: true, headers_with_underscores_action: DROP_HEADER }',
    );
    assert.equal(await status(lax, 'GET / HTTP/1.0\r\nhost: www.example\r\n\r\n'), 200);
    assert.equal(await status(lax, chunked), 200);
    const answer = await get(lax, { headers: odd });
    assert.deepEqual([seenHeader(answer, 'x_odd'), seenHeader(answer, 'x-fine')], [undefined, '1']);
  }
  await using strict = await start('{ headers_with_underscores_action: REJECT_REQUEST }');
  assert.equal((await get(strict, { headers: odd })).status, 400);
});

test('connections without requests end after the time that the Module says', async () => {
  await using dragoman = await start('{ listener_idle_timeout_ms: 1000 }');
  using idle = await Conversation.begin(dragoman.port('http'));
  assert.equal(await idle.ask(), 'a');
  // Then it drains for 5 s.
  await eventually(() => assert.ok(idle.closed));
  await using patient = await start('{}');
  using open = await Conversation.begin(patient.port('http'));
  assert.equal(await open.ask(), 'a');
  await sleep(6_000);
  assert.ok(!open.closed);
});

test('a Listener says how many requests a connection may have at once', async () => {
  const limited = listener('http').replace('l7Depth: 1', 'l7Depth: 1, http2MaxConcurrentStreams: 7');
  await using dragoman = await Standalone.start({
    files: { 'all.yaml': served.replace(listener('http'), limited) },
  });
  using client = Http2Client.open(dragoman.port('http'));
  assert.equal((await client.send({ host: 'www.example' })).seen?.name, 'a');
  assert.equal(client.session.remoteSettings.maxConcurrentStreams, 7);
});

test('a Listener says how many proxies before it are trusted', async () => {
  const depths = [0, 1, 2];
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': served +
        depths.map((depth) => listener(`depth-${depth}`).replace('l7Depth: 1', `l7Depth: ${depth}`)).join(''),
    },
  });
  const headers = { 'x-forwarded-for': '203.0.113.7, 198.51.100.9', 'x-forwarded-proto': 'https' };
  const seen = await Promise.all(depths.map(async (depth) => {
    const answer = await send({ port: dragoman.port(`depth-${depth}`), host: 'www.example', headers });
    return [seenHeader(answer, 'x-envoy-external-address'), seenHeader(answer, 'x-forwarded-proto')];
  }));
  assert.deepEqual(seen, [['127.0.0.1', 'http'], ['198.51.100.9', 'https'], ['203.0.113.7', 'https']]);
});

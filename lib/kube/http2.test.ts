import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type SecureServerOptions,
  type ServerHttp2Session,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';

import { selfSigned } from '../cli/certificate.ts';
import type { Exchange } from './exchange.ts';
import { Http2Connection, type Http2Timing } from './http2.ts';
import { eventually } from '../testing/eventually.ts';

const GET = { method: 'GET', path: '/healthz', headers: {}, body: undefined };

function noOther(): Exchange {
  throw new Error('the server knows HTTP/2');
}

interface Served {
  readonly connection: Http2Connection;
  readonly sessions: ServerHttp2Session[];
  /** Nothing goes through any more, either way. */
  readonly freeze: () => void;
}

/** A server that answers `200`, and what follows never. */
async function serve(
  t: TestContext,
  timing: Partial<Http2Timing> = {},
  options: SecureServerOptions = {},
): Promise<Served> {
  const { certificate, privateKey } = await selfSigned(['127.0.0.1'], 1);
  const server: Http2SecureServer = createSecureServer({ ...options, cert: certificate, key: privateKey });
  const sessions: ServerHttp2Session[] = [];
  const sockets: Socket[] = [];
  server.on('session', (session) => sessions.push(session)).on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const between = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.push(from);
      from.on('error', () => to.destroy()).pipe(to);
    }
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  const base = `https://127.0.0.1:${(between.address() as AddressInfo).port}`;
  const connection = new Http2Connection(base, { ca: certificate }, timing);
  t.after(() => {
    connection.destroy();
    for (const socket of sockets) socket.destroy();
    between.close();
    server.close();
  });
  return { connection, sessions, freeze: () => sockets.forEach((socket) => socket.unpipe().pause()) };
}

test('a server that answers no ping ends what it has begun', async (t) => {
  const { connection, freeze } = await serve(t, { pingMs: 50, pongMs: 2_000 });
  const { status, body } = await connection.send(GET, noOther).answer;
  assert.equal(status, 200);
  // Pings that are answered end nothing.
  const ended = once(body, 'close').catch((error: unknown) => error);
  assert.equal(
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 400, 'open'))]),
    'open',
  );
  freeze();
  assert.match(String(await ended), /no answer to a ping within 2 s/);
});

test('after a GOAWAY what was begun goes on, and what follows gets a connection of its own', async (t) => {
  const { connection, sessions } = await serve(t);
  const first = await connection.send(GET, noOther).answer;
  const [session] = sessions;
  session?.goaway();
  // Told before the answer to a ping.
  await new Promise((resolve) => session?.ping(resolve));
  await connection.send(GET, noOther).answer;
  assert.equal(sessions.length, 2);
  assert.ok(!first.body.destroyed);
});

test('a server that never agrees on a connection is given up', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const connection = new Http2Connection(`https://127.0.0.1:${port}`, {}, { connectMs: 50 });
  for (let time = 0; time < 2; time++) {
    await assert.rejects(connection.send(GET, noOther).answer, /no connection within 0.05 s/);
  }
  await eventually(() => assert.equal(sockets.length, 2));
});

test('destroy() also ends a connection that is being agreed on', async (t) => {
  const { connection, freeze } = await serve(t);
  const { answer } = connection.send(GET, noOther);
  freeze();
  connection.destroy();
  await assert.rejects(answer, /the connection was closed/);
});

test('a server that refuses a certificate only after the handshake is told of by its reason', async (t) => {
  const { connection } = await serve(t, {}, { requestCert: true, rejectUnauthorized: true });
  await assert.rejects(connection.send(GET, noOther).answer, /certificate ?required/i);
});

test('a server that allows too few streams for all watches is asked otherwise', async (t) => {
  const { connection, sessions } = await serve(t, {}, { settings: { maxConcurrentStreams: 99 } });
  const otherwise = new Error('otherwise');
  const exchange = connection.send(GET, () => {
    throw otherwise;
  });
  await assert.rejects(exchange.answer, otherwise);
  await eventually(() => assert.ok(sessions[0]?.closed));
});

test('paths are below that of the server', async (t) => {
  const { certificate, privateKey } = await selfSigned(['127.0.0.1'], 1);
  const paths: unknown[] = [];
  const server = createSecureServer({ cert: certificate, key: privateKey });
  server.on('stream', (stream, headers) => {
    paths.push(headers[':path']);
    stream.respond({ ':status': 204 }, { endStream: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new Http2Connection(`https://127.0.0.1:${port}/clusters/c`, { ca: certificate });
  t.after(() => {
    connection.destroy();
    server.close();
  });
  assert.equal((await connection.send(GET, noOther).answer).status, 204);
  assert.deepEqual(paths, ['/clusters/c/healthz']);
});

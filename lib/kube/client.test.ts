import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { kinds } from '../api/mod.ts';
import { selfSigned } from '../cli/certificate.ts';
import { ApiError, isStatus } from './api-error.ts';
import { KubeApi } from './client.ts';
import { FakeApiServer, type Protocol } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';

interface Setup {
  readonly server: FakeApiServer;
  readonly api: KubeApi;
}

async function setUp(t: TestContext, protocol: Protocol): Promise<Setup> {
  const server = await FakeApiServer.start([kinds.Service], { protocol });
  const api = new KubeApi({ connection: server.connection, userAgent: 'dragoman/test' });
  t.after(async () => {
    api.close();
    await server.stop();
  });
  return { server, api };
}

/** A test by each version of HTTP, with and without TLS. */
function each(name: string, body: (t: TestContext, protocol: Protocol) => Promise<void>): void {
  for (const protocol of ['http/1.1', 'https/1.1', 'https/2'] as const) {
    test(`${protocol}: ${name}`, (t) => body(t, protocol));
  }
}

const path = '/api/v1/namespaces/default/services/a';
const service = { metadata: { name: 'a', namespace: 'default' }, spec: { ports: [] } };

each('request() sends JSON and answers what was made of it', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  const created = await api.request('POST', '/api/v1/namespaces/default/services', {
    body: service,
    query: { fieldManager: 'dragoman', dryRun: undefined },
  });
  assert.equal(created.status, 201);
  assert.deepEqual(server.requests.at(-1)?.query, { fieldManager: 'dragoman' });
  assert.equal(server.requests.at(-1)?.headers['user-agent'], 'dragoman/test');
  const { body } = await api.request('GET', path);
  assert.deepEqual((body as typeof service).spec, { ports: [] });
});

each('request() says how long its body is, also for a DELETE without one', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  server.put(kinds.Service, service);
  await api.request('DELETE', path);
  // By HTTP/2 the end of a body is told otherwise.
  if (protocol !== 'https/2') assert.equal(server.requests.at(-1)?.headers['content-length'], '0');
  server.put(kinds.Service, service);
  const body = { preconditions: { uid: server.get(kinds.Service, service.metadata)?.metadata.uid } };
  await api.request('DELETE', path, { body });
  if (protocol !== 'https/2') {
    assert.equal(server.requests.at(-1)?.headers['content-length'], String(JSON.stringify(body).length));
  }
  assert.deepEqual(server.requests.at(-1)?.body, body);
});

each('request() rejects by meaning', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  await assert.rejects(
    api.request('GET', path),
    (error) => isStatus(error, 404) && error.reason === 'NotFound',
  );
  server.fault = () => ({ status: 429, headers: { 'retry-after': '2' }, text: 'too many' });
  await assert.rejects(api.request('GET', path), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.reason, error.retryAfterMs, error.passing], [
      429,
      'TooManyRequests',
      2_000,
      true,
    ]);
    assert.match(error.message, /GET .*services\/a: 429 TooManyRequests: too many/);
    return true;
  });
});

each('request() tells an API server that is not there from one that says nothing', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  server.fault = () => 'hang';
  await assert.rejects(
    api.request('GET', path, { timeoutMs: 50 }),
    (error) => error instanceof ApiError && error.status === 0 && error.reason === 'Timeout' && error.passing,
  );
  server.fault = () => 'drop';
  await assert.rejects(
    api.request('GET', path),
    (error) => error instanceof ApiError && error.status === 0 && error.reason === 'Unreachable',
  );
});

each(
  'request() keeps its connection, and uses another one if that was closed meanwhile',
  async (t, protocol) => {
    const { server, api } = await setUp(t, protocol);
    server.put(kinds.Service, service);
    for (let round = 0; round < 3; round++) {
      await api.request('GET', path);
      server.dropConnections();
      assert.equal((await api.request('GET', path)).status, 200);
    }
  },
);

each('an aborted request rejects with the reason of its signal', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  server.fault = () => 'hang';
  const abort = new AbortController();
  const reason = new Error('changed my mind');
  const request = api.request('GET', path, { signal: abort.signal });
  await eventually(() => assert.equal(server.requests.length, 1));
  abort.abort(reason);
  await assert.rejects(request, reason);
  await assert.rejects(api.request('GET', path, { signal: abort.signal }), reason);
});

each('refused credentials are renewed once', async (t, protocol) => {
  const { server } = await setUp(t, protocol);
  const tokens = ['old', 'new', 'newer'];
  let token = tokens.shift();
  const api = new KubeApi({
    userAgent: 'test',
    connection: {
      ...server.connection,
      credentials: async (renew = false) => {
        if (renew) token = tokens.shift();
        const { tls } = await server.connection.credentials();
        return { headers: { authorization: `Bearer ${token}` }, tls };
      },
    },
  });
  t.after(() => api.close());
  server.put(kinds.Service, service);
  server.fault = ({ headers }) => headers.authorization === 'Bearer new' ? undefined : { status: 401 };
  assert.equal((await api.request('GET', path)).status, 200);
  assert.equal(server.requests.length, 2);
  server.fault = () => ({ status: 401 });
  await assert.rejects(api.request('GET', path), (error) => isStatus(error, 401));
  assert.equal(server.requests.length, 4);
});

each('stream() gives lines until the server ends it', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  const lines: string[] = [];
  let open = false;
  const stream = api.stream('/api/v1/services', {
    query: { watch: true, resourceVersion: server.store.resourceVersion },
    idleMs: 5_000,
    onOpen: () => open = true,
    onLine: (line) => lines.push(line),
  });
  await eventually(() => assert.equal(server.watchCount(), 1));
  server.put(kinds.Service, service);
  await eventually(() => assert.equal(lines.length, 1));
  assert.ok(open);
  assert.equal((JSON.parse(lines[0] ?? '') as { type: string }).type, 'ADDED');
  server.endWatches();
  await stream;
});

each(
  'stream() rejects for a connection that breaks, one that is silent, and a receiver that throws',
  async (t, protocol) => {
    const { server, api } = await setUp(t, protocol);
    const follow = (idleMs: number, onLine: () => void = () => {}): Promise<void> =>
      api.stream('/api/v1/services', {
        query: { watch: true, resourceVersion: server.store.resourceVersion },
        idleMs,
        onLine,
      });
    await assert.rejects(follow(30), (error) => error instanceof ApiError && error.reason === 'Timeout');
    await eventually(() => assert.equal(server.watchCount(), 0));
    const broken = follow(5_000);
    await eventually(() => assert.equal(server.watchCount(), 1));
    server.dropConnections();
    await assert.rejects(broken, (error) => error instanceof ApiError && error.reason === 'Unreachable');
    const problem = new Error('cannot read this');
    await eventually(() => assert.equal(server.watchCount(), 0));
    const throwing = follow(5_000, () => {
      throw problem;
    });
    await eventually(() => assert.equal(server.watchCount(), 1));
    server.put(kinds.Service, service);
    await assert.rejects(throwing, problem);
    server.fault = () => ({ status: 503 });
    await assert.rejects(follow(5_000), (error) => isStatus(error, 503));
  },
);

test('streams and requests share one connection by HTTP/2, and each has its own by HTTP/1.1', async (t) => {
  for (const [protocol, connections] of [['https/1.1', 4], ['https/2', 1]] as const) {
    const { server, api } = await setUp(t, protocol);
    const end = new AbortController();
    const streams = [1, 2, 3].map(() =>
      api.stream('/api/v1/services', {
        query: { watch: true },
        idleMs: 5_000,
        signal: end.signal,
        onLine: () => {},
      })
    );
    await eventually(() => assert.equal(server.watchCount(), 3));
    server.put(kinds.Service, service);
    await api.request('GET', path);
    assert.equal(server.connections, connections, protocol);
    end.abort(new Error('done'));
    for (const stream of streams) await assert.rejects(stream, /done/);
    assert.equal((await api.request('GET', path)).status, 200);
  }
});

each('nothing is asked after close(), also of what had begun before', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  const asked = [api.request('GET', path), api.connect()];
  api.close();
  await assert.rejects(asked[0] ?? Promise.resolve(), /its connection was ended/);
  await asked[1];
  await assert.rejects(api.request('GET', path), /its connection was ended/);
  await sleep(50);
  await eventually(() => assert.equal(server.connections, 0));
  assert.equal(server.requests.length, 0);
});

test('new certificates make a new connection, and what is under way by the old one goes on', async (t) => {
  for (const protocol of ['https/1.1', 'https/2'] as const) {
    const { server } = await setUp(t, protocol);
    let { tls } = await server.connection.credentials();
    const api = new KubeApi({
      userAgent: 'test',
      connection: { ...server.connection, credentials: () => Promise.resolve({ headers: {}, tls }) },
    });
    t.after(() => api.close());
    const lines: string[] = [];
    const stream = api.stream('/api/v1/services', {
      query: { watch: true },
      idleMs: 5_000,
      onLine: (line) => lines.push(line),
    });
    await eventually(() => assert.equal(server.watchCount(), 1));
    tls = { ...tls, servername: 'localhost', rejectUnauthorized: false };
    server.put(kinds.Service, service);
    assert.equal((await api.request('GET', path)).status, 200);
    assert.equal(server.connections, 2, protocol);
    await eventually(() => assert.equal(lines.length, 1));
    server.endWatches();
    await stream;
  }
});

test('a connection that breaks in the midst of its first answer is told of at once', async (t) => {
  const { certificate, privateKey } = await selfSigned(['127.0.0.1'], 1);
  const server = createSecureServer({ cert: certificate, key: privateKey });
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond();
    stream.write('{');
    stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = { headers: {}, tls: { ca: certificate } };
  const api = new KubeApi({
    userAgent: 'test',
    connection: { server: `https://127.0.0.1:${port}`, credentials: () => Promise.resolve(credentials) },
  });
  t.after(() => {
    api.close();
    server.close();
  });
  await assert.rejects(
    api.request('GET', path),
    (error) => error instanceof ApiError && error.reason === 'Unreachable',
  );
});

test('who waits for credentials that do not come can be told to stop, and close() ends it', async (t) => {
  const { server } = await setUp(t, 'http/1.1');
  const connection = { ...server.connection, credentials: () => new Promise<never>(() => {}) };
  const api = new KubeApi({ connection, userAgent: 'test' });
  const stop = new AbortController();
  const asked = [
    api.request('GET', path, { signal: stop.signal }),
    api.stream(path, { signal: stop.signal, onLine: () => {}, idleMs: 1_000 }),
    api.request('GET', path, { timeoutMs: 20 }),
    api.request('GET', path),
  ].map((each) => each.then(() => 'answered', (error: Error) => error.message));
  stop.abort(new Error('stopped'));
  assert.deepEqual(await Promise.all(asked.slice(0, 2)), ['stopped', 'stopped']);
  assert.match(await asked[2] ?? '', /nothing for 0.02 s/);
  api.close();
  assert.match(await asked[3] ?? '', /its connection was ended/);
});

each('a server that asks to be left alone for ever is not', async (t, protocol) => {
  const { server, api } = await setUp(t, protocol);
  server.fault = () => ({ status: 429, headers: { 'retry-after': '99999999' } });
  await assert.rejects(api.request('GET', path), (error: ApiError) => (error.retryAfterMs ?? 0) <= 600_000);
});

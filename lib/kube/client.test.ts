import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { kinds } from '../api/mod.ts';
import { ApiError, isStatus } from './api-error.ts';
import { KubeApi } from './client.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from './testing/eventually.ts';

interface Setup {
  readonly server: FakeApiServer;
  readonly api: KubeApi;
}

async function setUp(t: TestContext): Promise<Setup> {
  const server = await FakeApiServer.start([kinds.Service]);
  const api = new KubeApi({ connection: server.connection, userAgent: 'dragoman/test' });
  t.after(async () => {
    api.close();
    await server.stop();
  });
  return { server, api };
}

const path = '/api/v1/namespaces/default/services/a';
const service = { metadata: { name: 'a', namespace: 'default' }, spec: { ports: [] } };

test('request() sends JSON and answers what was made of it', async (t) => {
  const { server, api } = await setUp(t);
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

test('request() says how long its body is, also for a DELETE without one', async (t) => {
  const { server, api } = await setUp(t);
  server.put(kinds.Service, service);
  await api.request('DELETE', path);
  assert.equal(server.requests.at(-1)?.headers['content-length'], '0');
  server.put(kinds.Service, service);
  const body = { preconditions: { uid: server.get(kinds.Service, service.metadata)?.metadata.uid } };
  await api.request('DELETE', path, { body });
  assert.equal(server.requests.at(-1)?.headers['content-length'], String(JSON.stringify(body).length));
});

test('request() rejects by meaning', async (t) => {
  const { server, api } = await setUp(t);
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

test('request() tells an API server that is not there from one that says nothing', async (t) => {
  const { server, api } = await setUp(t);
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

test('request() keeps its connection, and uses another one if that was closed meanwhile', async (t) => {
  const { server, api } = await setUp(t);
  server.put(kinds.Service, service);
  for (let round = 0; round < 3; round++) {
    await api.request('GET', path);
    server.dropConnections();
    assert.equal((await api.request('GET', path)).status, 200);
  }
});

test('an aborted request rejects with the reason of its signal', async (t) => {
  const { server, api } = await setUp(t);
  server.fault = () => 'hang';
  const abort = new AbortController();
  const reason = new Error('changed my mind');
  const request = api.request('GET', path, { signal: abort.signal });
  await eventually(() => assert.equal(server.requests.length, 1));
  abort.abort(reason);
  await assert.rejects(request, reason);
  await assert.rejects(api.request('GET', path, { signal: abort.signal }), reason);
});

test('refused credentials are renewed once', async (t) => {
  const { server } = await setUp(t);
  const tokens = ['old', 'new', 'newer'];
  let token = tokens.shift();
  const api = new KubeApi({
    userAgent: 'test',
    connection: {
      ...server.connection,
      credentials: (renew = false) => {
        if (renew) token = tokens.shift();
        return Promise.resolve({ headers: { authorization: `Bearer ${token}` }, tls: {} });
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

test('stream() gives lines until the server ends it', async (t) => {
  const { server, api } = await setUp(t);
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

test('stream() rejects for a connection that breaks, one that is silent, and a receiver that throws', async (t) => {
  const { server, api } = await setUp(t);
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
});

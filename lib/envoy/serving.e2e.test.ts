import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import type { CorsPolicy, ExternalAuth, Route } from '../model/mod.ts';
import { MISDIRECT_HEADER } from '../model/mod.ts';
import { type Answer, backend, get, type GetOptions, resources, serve } from './testing/gateway.ts';
import { route } from './testing/models.ts';

const auth: ExternalAuth = {
  protocol: 'http',
  cluster: 'default/auth',
  allowedRequestHeaders: [MISDIRECT_HEADER, 'x-asked'],
  allowedResponseHeaders: 'all',
  maxBody: 0,
};

const cors: CorsPolicy = {
  origins: ['https://www.example.com', 'https://*.example.org'],
  methods: ['GET'],
  headers: ['x-a'],
  exposeHeaders: ['x-b'],
  credentials: true,
  maxAge: 5,
};

const hang = { type: 'prefix', value: '/hang' } as const;
const slow = { attempts: 2, codes: [], connectionErrors: true, backoff: 5 };

const ROUTES: readonly Route[] = [
  route('/mirror', { mirrors: [{ cluster: 'default/mirror', fraction: 1_000_000 }] }),
  route('/auth', {}, { auth }),
  route('/unauthorized', {}, { auth: { ...auth, protocol: 'grpc' } }),
  route('/cors', {}, { cors }),
  route('/any-origin', {}, { cors: { ...cors, origins: ['*'], methods: ['*'], headers: ['*'] } }),
  route('/try', { pathRewrite: hang, retry: slow, tryTimeout: 100 }),
  route('/once', { pathRewrite: hang, retry: { ...slow, attempts: 0 }, tryTimeout: 100 }),
  route('/plain', { pathRewrite: hang, tryTimeout: 100 }),
  route('/code', { retry: { attempts: 2, codes: [503], connectionErrors: false } }),
  route('/cut', { pathRewrite: { type: 'prefix', value: '/' } }),
  route('/swap', { pathRewrite: { type: 'prefix', value: '/x/' } }),
  route('/full', { pathRewrite: { type: 'full', value: String.raw`/a\1` } }),
  route('/half', { backends: [{ cluster: 'default/echo', weight: 1 }, { weight: 1 }] }),
  route('/none', { backends: [{ cluster: 'default/echo', weight: 0 }] }),
  route('/headers', {}, {
    requestHeaders: {
      set: [{ name: 'X-Set', value: '5%REQ(x)%' }, { name: 'Host', value: 'set.example' }],
      add: [{ name: 'X-Add', value: 'new' }],
      remove: ['X-Remove'],
    },
  }),
  route('/session', { session: { type: 'cookie', name: 'sid', path: '/session' } }),
  route('/redirect/https', { type: 'redirect', status: 301, scheme: 'https' }),
  route('/redirect/443', { type: 'redirect', status: 302, port: 443 }),
  route('/redirect/80', { type: 'redirect', status: 302, port: 80 }),
  route('/redirect/listener', { type: 'redirect', status: 302, port: 'listener' }),
  route('/redirect/path', { type: 'redirect', status: 308, path: { type: 'full', value: '/new' } }),
  route('/', {}),
].sort((a, b) => b.rank.pathLength - a.rank.pathLength);

let requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
const asked: IncomingHttpHeaders[] = [];
const mirrored: IncomingHttpHeaders[] = [];
const stack = new AsyncDisposableStack();
let backends: Record<string, number>;
let port: number;

before(async () => {
  const echo = stack.use(
    await backend(({ url = '', headers }, response) => {
      requests.push({ url, headers });
      if (url.startsWith('/hang')) return;
      response.statusCode = url.startsWith('/code') ? 503 : 200;
      response.end();
    }),
  );
  const mirror = stack.use(
    await backend(({ headers }, response) => {
      mirrored.push(headers);
      response.end();
    }),
  );
  const server = stack.use(
    await backend(({ url = '', headers }, response) => {
      asked.push(headers);
      response.writeHead(url.includes('deny') ? 401 : 200, { 'x-user': 'ada' }).end();
    }),
  );
  backends = { 'default/echo': echo.port, 'default/mirror': mirror.port, 'default/auth': server.port };
  ({ port } = stack.use(await serve(resources({ routes: ROUTES, backends, domain: 'www.example.com' }))));
});

after(() => stack.disposeAsync());

async function ask(path: string, options: GetOptions = {}): Promise<Answer> {
  requests = [];
  return await get(port, path, { ...options, headers: { host: 'www.example.com', ...options.headers } });
}

async function upstream(
  path: string,
  options: GetOptions = {},
): Promise<IncomingHttpHeaders & { url: string }> {
  assert.equal((await ask(path, options)).status, 200);
  const [seen] = requests;
  assert.ok(seen !== undefined && requests.length === 1);
  return { url: seen.url, ...seen.headers };
}

test('paths are rewritten without a double or missing slash, and keep their query', async () => {
  for (
    const [path, expected] of [
      ['/cut', '/'],
      ['/cut/', '/'],
      ['/cut/a?q=1', '/a?q=1'],
      ['/swap', '/x'],
      ['/swap/a', '/x/a'],
      ['/swapped', '/swapped'],
      ['/full/a?q=1', String.raw`/a\1?q=1`],
    ] as const
  ) assert.equal((await upstream(path)).url, expected, path);
});

test('headers are changed as they are written', async () => {
  const seen = await upstream('/headers', { headers: { 'x-set': 'old', 'x-add': 'old', 'x-remove': 'old' } });
  assert.deepEqual([seen['x-set'], seen['x-add'], seen['x-remove'], seen.host], [
    '5%REQ(x)%',
    'old, new',
    undefined,
    'set.example',
  ]);
});

test('what clients say to Envoy itself is dropped', async () => {
  const headers = {
    'x-envoy-max-retries': '9',
    'x-envoy-upstream-rq-timeout-ms': '1',
    [MISDIRECT_HEADER]: 'spoofed',
  };
  const seen = await upstream('/', { headers });
  for (const name of Object.keys(headers)) assert.equal(seen[name], undefined, name);
});

test('escaped slashes and underscores in header names are rejected', async () => {
  assert.equal((await ask('/a%2Fb')).status, 400);
  assert.equal((await ask('/', { headers: { a_b: '1' } })).status, 400);
  assert.equal((await upstream('//a///b')).url, '/a/b');
});

test('the share of an invalid backend gets 500, and so does everything if no backend has a weight', async () => {
  const statuses = new Set<number>();
  for (let i = 0; i < 60; i++) statuses.add((await ask('/half')).status);
  assert.deepEqual(statuses, new Set([200, 500]));
  assert.equal((await ask('/none')).status, 500);
});

test('a try that takes too long is tried again, unless there are no retries', async () => {
  for (const [path, tries] of [['/try', 3], ['/once', 1], ['/plain', 1]] as const) {
    assert.equal((await ask(path)).status, 504, path);
    // The answer may be heard of before the last try is.
    await eventually(() => assert.equal(requests.length, tries, path));
  }
});

test('listed status codes are tried again', async () => {
  assert.equal((await ask('/code')).status, 503);
  assert.equal(requests.length, 3);
});

test('mirrored requests keep their host', async () => {
  await upstream('/mirror');
  await eventually(() => assert.ok(mirrored.length > 0));
  assert.equal(mirrored[0]?.host, 'www.example.com');
});

test('redirects name the port that they must, whatever the Host says', async () => {
  for (const host of ['www.example.com', 'www.example.com:8080']) {
    for (
      const [path, expected] of [
        ['/redirect/https', 'https://www.example.com/redirect/https'],
        ['/redirect/443', 'http://www.example.com:443/redirect/443'],
        ['/redirect/80', 'http://www.example.com/redirect/80'],
        ['/redirect/listener', 'http://www.example.com:8080/redirect/listener'],
        ['/redirect/path?q=1', 'http://www.example.com/new?q=1'],
      ] as const
    ) assert.equal((await ask(path, { headers: { host } })).headers.location, expected, `${host} ${path}`);
  }
});

test('an authorization server admits, denies, and its headers reach the backend', async () => {
  const seen = await upstream('/auth/a', { headers: { 'x-asked': '1', 'x-secret': '1' } });
  assert.equal(seen['x-user'], 'ada');
  assert.deepEqual([asked[0]?.['x-asked'], asked[0]?.['x-secret']], ['1', undefined]);
  assert.equal((await ask('/auth/deny')).status, 401);
  assert.equal(requests.length, 0);
});

test('an authorization server that fails admits nobody', async () => {
  assert.equal((await ask('/unauthorized')).status, 500);
  assert.equal(requests.length, 0);
});

test('preflights are answered, and never reach the backend', async () => {
  for (
    const [origin, allowed] of [
      ['https://www.example.com', true],
      ['https://a.b.example.org', true],
      ['https://example.org', false],
      ['https://www.example.com.evil.example', false],
    ] as const
  ) {
    const headers = { origin, 'access-control-request-method': 'GET' };
    const answer = await ask('/cors', { method: 'OPTIONS', headers });
    assert.equal(answer.status, 200, origin);
    assert.equal(answer.headers['access-control-allow-origin'], allowed ? origin : undefined, origin);
    assert.equal(requests.length, 0, origin);
  }
});

test('with credentials, no answer to a browser holds `*`', async () => {
  const { headers } = await ask('/any-origin', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://any.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-c',
    },
  });
  assert.deepEqual(
    ['origin', 'methods', 'headers', 'credentials'].map((name) => headers[`access-control-allow-${name}`]),
    ['https://any.example', 'PUT', 'x-c', 'true'],
  );
});

test('a session is kept by a cookie of the route', async () => {
  const [cookie] = (await ask('/session')).headers['set-cookie'] ?? [];
  assert.match(cookie ?? '', /^sid="[^"]+"; Path=\/session; HttpOnly$/);
  assert.equal((await ask('/')).headers['set-cookie'], undefined);
});

test('a request by another chain of the port gets 421, and no chain shows to anybody else', async () => {
  const routes = ROUTES.filter(({ name }) => /\/(auth|mirror|)$/.test(name));
  const options = { headers: { host: 'www.example.com', [MISDIRECT_HEADER]: 'a' } };
  await using other = await serve(resources({ routes, backends, chains: ['b', 'a'] }));
  assert.equal((await get(other.port, '/', options)).status, 421);

  await using same = await serve(resources({ routes, backends, chains: ['a', 'a'] }));
  requests = [];
  asked.length = 0;
  mirrored.length = 0;
  assert.equal((await get(same.port, '/auth', options)).status, 200);
  assert.equal((await get(same.port, '/mirror', options)).status, 200);
  await eventually(() => assert.ok(mirrored.length > 0));
  const seen = [...requests.map(({ headers }) => headers), ...asked, ...mirrored];
  assert.equal(seen.length, 4);
  for (const headers of seen) assert.equal(headers[MISDIRECT_HEADER], undefined);
});

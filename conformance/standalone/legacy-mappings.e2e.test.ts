import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'undici';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { Authority, tlsSecret } from './certificates.ts';
import { seenHeader } from './expect.ts';
import { GrpcClient, startGrpcBackend } from './grpc.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { Standalone } from './standalone.ts';

const tries: SeenRequest[] = [];
let dragoman: Standalone;
let backend: Awaited<ReturnType<typeof startGrpcBackend>>;

function mapping(name: string, more: string): string {
  const prefix = /\bprefix: /.test(more) ? '' : `prefix: /${name}/,`;
  const service = /\bservice: /.test(more) ? '' : 'service: a,';
  return legacy('Mapping', name, `{ hostname: "*", ${prefix} ${service} ${more} }`);
}

/** A Service with two endpoints. */
const pair = service('pair').replace('{echo:pair}', '{echo:one},127.0.0.1:{echo:two}');

before(async () => {
  backend = await startGrpcBackend('calls');
  const ca = await Authority.create('backends');
  const clients = await Authority.create('clients');
  const client = await clients.issue({ commonName: 'dragoman' });
  const tls = await ca.issue({ commonName: 'secure', names: ['secure.example.com'] });
  dragoman = await Standalone.start({
    echoes: {
      a: { onRequest: (seen) => tries.push(seen) },
      secure: { tls: { ...tls, clientCa: clients.cert } },
      plainer: { tls },
    },
    files: {
      'all.yaml': listener('http') +
        legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }') +
        service('a') + service('secure') + service('plainer') + pair +
        service('calls').replace('{echo:calls}', String(backend.port)) +
        tlsSecret('client', client) +
        legacy('TLSContext', 'mutual', '{ secret: client, sni: secure.example.com, max_tls_version: v1.2 }'),
      'mappings.yaml': [
        mapping(
          'cors',
          `cors: { origins: ["https://a.example", "https://*.b.example"], methods: [GET, PUT], headers: [x-own],
             exposed_headers: [x-more], credentials: true, max_age: "600" }`,
        ),
        mapping('retried', 'retry_policy: { retry_on: 5xx, num_retries: 2 }'),
        mapping('tried', 'retry_policy: { retry_on: gateway-error, num_retries: 1, per_try_timeout: 1s }'),
        mapping('hurried', 'timeout_ms: 1000'),
        mapping('idle', 'timeout_ms: 0, idle_timeout_ms: 1000'),
        mapping('endless', 'timeout_ms: 0'),
        mapping(
          'narrow',
          'circuit_breakers: [{ max_requests: 1, max_pending_requests: 1, max_connections: 1 }]',
        ),
        mapping('host-rewritten', 'host_rewrite: other.example'),
        mapping('host-of-service', 'auto_host_rewrite: true'),
        mapping(
          'added',
          `add_request_headers: { x-set: { value: new, append: false }, x-more: { value: second } },
           add_response_headers: { x-told: { value: "%PROTOCOL%" } }, remove_request_headers: [x-secret]`,
        ),
        mapping(
          'by-header',
          'service: pair, resolver: endpoint, load_balancer: { policy: ring_hash, header: x-user }',
        ),
        mapping(
          'by-source',
          'service: pair, resolver: endpoint, load_balancer: { policy: maglev, source_ip: true }',
        ),
        mapping(
          'by-cookie',
          `service: pair, resolver: endpoint,
           load_balancer: { policy: ring_hash, cookie: { name: sticky, path: /by-cookie, ttl: 60s } }`,
        ),
        mapping('in-turn', 'service: pair, resolver: endpoint, load_balancer: { policy: least_request }'),
        mapping(
          'there',
          'host_redirect: true, service: there.example, path_redirect: /new, redirect_response_code: 307',
        ),
        mapping('below', 'host_redirect: true, service: there.example, prefix_redirect: /new/'),
        mapping(
          'pattern',
          `host_redirect: true, service: "https://there.example:8443",
           regex_redirect: { pattern: "/pattern/([a-z]+)/", substitution: '/\\1-' }`,
        ),
        mapping(
          'first',
          'host_redirect: true, service: there.example, path_redirect: /path, prefix_redirect: /prefix/',
        ),
        ...[302, 303, 308].map((code) =>
          mapping(
            `code-${code}`,
            `host_redirect: true, service: there.example, redirect_response_code: ${code}`,
          )
        ),
        mapping('everybody', 'cors: { origins: ["*"] }'),
        mapping('removed', 'prefix: /require/, rewrite: "", remove_response_headers: [x-required]'),
        mapping('linked', 'add_linkerd_headers: true'),
        mapping(
          'high',
          'priority: high, circuit_breakers: [{ priority: high, max_requests: 1, max_connections: 1, max_pending_requests: 1 }]',
        ),
        mapping('method', 'method: "P(U|OS)T", method_regex: true'),
        mapping('query', 'query_parameters: { v: "1" }, regex_query_parameters: { w: "[0-9]+" }'),
        mapping('header', 'regex_headers: { x-version: "2[.][0-9]" }, headers: { x-there: true }'),
        mapping('secure', 'service: "https://secure:80", tls: mutual'),
        mapping('plainer', 'service: "https://plainer:80"'),
        mapping('secure-by-context', 'service: "secure:80", tls: mutual'),
        mapping('calls', 'prefix: /shop.Orders/, rewrite: /shop.Orders/, service: calls, grpc: true'),
        legacy(
          'Mapping',
          'hosts',
          '{ host: "[ab]x[.]example", host_regex: true, prefix: /hosts/, service: a }',
        ),
        legacy('Mapping', 'port', '{ host: "Port.example:8443", prefix: /hosts/, service: a }'),
      ].join(''),
    },
  });
});

after(async () => {
  await dragoman[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

async function get(path: string, more: Partial<Parameters<typeof send>[0]> = {}): Promise<Answer> {
  return await send({ port: dragoman.port('http'), path, host: 'www.example', ...more });
}

test('cors answers preflights, and tells the origins that it allows', async () => {
  const preflight = (origin: string) =>
    get('/cors/', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } });
  const { status, headers } = await preflight('https://a.example');
  assert.deepEqual(
    [
      status,
      headers['access-control-allow-origin'],
      headers['access-control-allow-methods'],
      headers['access-control-allow-headers'],
      headers['access-control-allow-credentials'],
      headers['access-control-max-age'],
    ],
    [200, 'https://a.example', 'GET, PUT', 'x-own', 'true', '600'],
  );
  const answer = await get('/cors/', { headers: { origin: 'https://x.b.example' } });
  assert.equal(answer.headers['access-control-allow-origin'], 'https://x.b.example');
  assert.equal(answer.headers['access-control-expose-headers'], 'x-more');
  const everybody = await get('/everybody/', { headers: { origin: 'https://any.example' } });
  assert.equal(everybody.headers['access-control-allow-origin'], 'https://any.example');
  const other = await get('/cors/', { headers: { origin: 'https://c.example' } });
  assert.deepEqual([other.status, other.headers['access-control-allow-origin']], [200, undefined]);
});

test('what fails is tried again as often as it says, and each try has its time', async () => {
  const triesOf = async (path: string): Promise<readonly [number, number]> => {
    tries.length = 0;
    const { status } = await get(path);
    return [status, tries.length];
  };
  assert.deepEqual(await triesOf('/retried/?status=503'), [503, 3]);
  assert.deepEqual(await triesOf('/retried/?status=404'), [404, 1]);
  assert.deepEqual(await triesOf('/tried/?status=500'), [500, 1]);
  assert.deepEqual(await triesOf('/tried/?delay=4000'), [504, 2]);
});

test('requests, and streams without progress, have their time', async () => {
  assert.equal((await get('/hurried/?delay=4000')).status, 504);
  assert.equal((await get('/hurried/')).status, 200);
  assert.equal((await get('/idle/?delay=4000')).status, 504);
  assert.equal((await get('/endless/?delay=3500')).status, 200);
  assert.equal((await get('/host-rewritten/?delay=3500')).status, 504);
});

for (const name of ['narrow', 'high']) {
  test(`circuit breakers turn away what is too much (${name})`, async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => get(`/${name}/?delay=300`)));
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.includes(200) && statuses.includes(503), statuses.join());
    const refused = answers.find(({ status }) => status === 503);
    assert.match(refused?.body ?? '', /overflow/);
  });
}

test('hosts and headers are written anew', async () => {
  assert.equal((await get('/host-rewritten/')).seen?.host, 'other.example');
  assert.equal((await get('/host-of-service/')).seen?.host, 'a');
  const headers = { 'x-set': 'old', 'x-more': 'first', 'x-secret': 'x' };
  const answer = await get('/added/', { headers });
  assert.deepEqual(
    ['x-set', 'x-more', 'x-secret'].map((name) => seenHeader(answer, name)),
    ['new', 'first, second', undefined],
  );
  assert.equal(answer.headers['x-told'], 'HTTP/1.1');
  const removed = await get('/require/x-token', { headers: { 'x-token': 'x' } });
  assert.deepEqual([removed.status, removed.headers['x-required']], [200, undefined]);
  assert.equal(seenHeader(await get('/linked/'), 'l5d-dst-override'), 'a:80');
});

test('load balancers go by a header, the client or a cookie', async () => {
  const namesOf = async (times: number, ask: (time: number) => Promise<Answer>): Promise<Set<string>> => {
    const names = new Set<string>();
    for (let time = 0; time < times; time++) names.add((await ask(time)).seen?.name ?? 'nobody');
    return names;
  };
  const user = (name: string) => get('/by-header/', { headers: { 'x-user': name } });
  assert.equal((await namesOf(20, () => user('x'))).size, 1);
  assert.deepEqual([...await namesOf(60, (time) => user(String(time)))].sort(), ['one', 'two']);
  assert.equal((await namesOf(20, () => get('/by-source/'))).size, 1);
  assert.deepEqual([...await namesOf(60, () => get('/in-turn/'))].sort(), ['one', 'two']);
  const first = await get('/by-cookie/');
  const [cookie = ''] = first.headers['set-cookie'] ?? [];
  assert.match(cookie, /^sticky="?[0-9a-f]+"?; Max-Age=60; Path=\/by-cookie; HttpOnly/);
  const [sent = ''] = cookie.split(';');
  const again = await namesOf(20, () => get('/by-cookie/', { headers: { cookie: sent } }));
  assert.deepEqual([...again], [first.seen?.name]);
  assert.equal((await namesOf(60, () => get('/by-cookie/'))).size, 2);
});

test('redirects name a path, a prefix or what a pattern makes of it', async () => {
  const redirect = async (path: string): Promise<unknown> => {
    const { status, headers } = await get(path);
    return [status, headers.location];
  };
  assert.deepEqual(await redirect('/there/x'), [307, 'http://there.example/new']);
  assert.deepEqual(await redirect('/below/x?q'), [301, 'http://there.example/new/x?q']);
  assert.deepEqual(await redirect('/first/x'), [301, 'http://there.example/path']);
  for (const code of [302, 303, 308]) {
    assert.deepEqual(await redirect(`/code-${code}/x`), [code, `http://there.example/code-${code}/x`]);
  }
  assert.deepEqual(await redirect('/pattern/abc/x'), [301, 'https://there.example:8443/abc-x']);
});

test('requests are told apart by method, query, headers and host', async () => {
  const statusOf = async (path: string, more = {}): Promise<number> => (await get(path, more)).status;
  assert.deepEqual(
    [
      await statusOf('/method/', { method: 'PUT' }),
      await statusOf('/method/'),
      await statusOf('/query/?v=1&w=23'),
      await statusOf('/query/?v=1&w=2x'),
      await statusOf('/header/', { headers: { 'x-version': '2.4', 'x-there': '' } }),
      await statusOf('/header/', { headers: { 'x-version': '2.4' } }),
      await statusOf('/hosts/', { host: 'bx.example' }),
      await statusOf('/hosts/', { host: 'cx.example' }),
      await statusOf('/hosts/', { host: 'port.example:8443' }),
      await statusOf('/hosts/', { host: 'port.example:8080' }),
      await statusOf('/hosts/', { host: 'port.example' }),
    ],
    [200, 404, 200, 404, 200, 404, 200, 404, 200, 404, 404],
  );
});

test('TLS is originated as the TLSContext says, or by the scheme alone', async () => {
  const { seen } = await get('/secure/');
  assert.equal(seen?.tls?.serverName, 'secure.example.com');
  assert.match(seen?.tls?.clientCertificate?.subject ?? '', /dragoman/);
  assert.equal(seen?.tls?.version, 'TLSv1.2');
  const plain = await get('/plainer/');
  assert.deepEqual([plain.seen?.tls?.serverName, plain.seen?.tls?.version], [undefined, 'TLSv1.3']);
  assert.equal((await get('/secure-by-context/')).seen?.name, 'secure');
});

test('gRPC and WebSockets go through', async () => {
  using client = new GrpcClient({ port: dragoman.port('http') });
  const { code, details, seen } = await client.call('shop.Orders/Get');
  assert.deepEqual([code, seen?.name], ['OK', 'calls'], details);
  const socket = new WebSocket(`ws://127.0.0.1:${dragoman.port('http')}/endless/`);
  const answer = await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send('hello');
    socket.onerror = () => reject(new Error('the WebSocket failed'));
    socket.onmessage = ({ data }) => resolve(data);
  });
  socket.close();
  assert.equal(answer, 'hello');
});

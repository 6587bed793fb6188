import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAuthServer, startHttpAuth } from './auth-server.ts';
import { ALL_WELL, parentConditions, seenHeader } from './expect.ts';
import { gateway, httpRoute, service, serviceAt } from './manifests.ts';
import { send } from './request.ts';
import { Standalone } from './standalone.ts';

/** Rules by path with the external authorization of each, for a backend that answers what it saw. */
function guarded(rules: Readonly<Record<string, string>>): string {
  const list = Object.entries(rules).map(([path, auth]) =>
    `{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: a, port: 80 }],
      filters: [{ type: ExternalAuth, externalAuth: ${auth} }] }`
  );
  return `[${list.join(', ')}]`;
}

test('an HTTP server allows or denies, and headers pass in both directions', async () => {
  await using auth = await startHttpAuth();
  const ref = 'protocol: HTTP, backendRef: { name: auth, port: 80 }';
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + serviceAt('auth', auth.port),
      'route.yaml': httpRoute('web', {
        rules: guarded({
          '/plain': `{ ${ref}, http: {} }`,
          '/prefix': `{ ${ref}, http: { path: /check/ } }`,
          '/headers': `{ ${ref}, http: { allowedHeaders: [X-Tenant], allowedResponseHeaders: [X-User] } }`,
          '/body': `{ ${ref}, http: {}, forwardBody: { maxSize: 10 } }`,
        }),
      }),
    },
  });
  const port = dragoman.port('http');
  const allow = { authorization: 'allow', 'x-tenant': 't', 'x-other': 'o', 'x-user': 'forged' };

  const denied = await send({ port, path: '/plain', headers: { authorization: 'deny' } });
  assert.deepEqual([denied.status, denied.headers['www-authenticate'], denied.body], [
    401,
    'Basic',
    'who are you?',
  ]);
  assert.equal((await send({ port, path: '/plain' })).status, 401);

  auth.asked.length = 0;
  const plain = await send({
    port,
    path: '/plain?q=1',
    method: 'POST',
    body: 'secret',
    host: 'www.example',
    headers: allow,
  });
  assert.deepEqual([plain.status, plain.seen?.name, plain.seen?.body], [200, 'a', 'secret']);
  assert.deepEqual([seenHeader(plain, 'x-user'), seenHeader(plain, 'x-team')], ['anna', 'blue']);
  assert.equal(plain.seen?.host, 'www.example');
  const [asked] = auth.asked;
  assert.deepEqual([asked?.path, asked?.method, asked?.headers.host, asked?.body], [
    '/plain?q=1',
    'POST',
    'www.example',
    '',
  ]);
  assert.equal(asked?.headers['content-length'], '0');
  assert.deepEqual([asked?.headers['x-tenant'], asked?.headers['x-other']], [undefined, undefined]);

  await send({ port, path: '/prefix/x?q=1', headers: allow });
  assert.equal(auth.asked.at(-1)?.path, '/check/prefix/x?q=1');

  const some = await send({ port, path: '/headers', headers: allow });
  assert.deepEqual([seenHeader(some, 'x-user'), seenHeader(some, 'x-team')], ['anna', undefined]);
  const { headers = {} } = auth.asked.at(-1) ?? {};
  assert.deepEqual([headers['x-tenant'], headers['x-other'], headers.authorization], [
    't',
    undefined,
    'allow',
  ]);

  const small = await send({ port, path: '/body', method: 'POST', body: '0123456789', headers: allow });
  assert.deepEqual([small.status, small.seen?.body, auth.asked.at(-1)?.body], [
    200,
    '0123456789',
    '0123456789',
  ]);
  const large = await send({ port, path: '/body', method: 'POST', body: '0123456789x', headers: allow });
  assert.deepEqual([large.status, large.seen], [413, undefined]);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('a gRPC server allows or denies, and headers pass in both directions', async () => {
  await using auth = await startAuthServer();
  const ref = 'protocol: GRPC, backendRef: { name: auth, port: 80 }';
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + serviceAt('auth', auth.port),
      'route.yaml': httpRoute('web', {
        rules: guarded({
          '/plain': `{ ${ref}, grpc: {} }`,
          '/headers': `{ ${ref}, grpc: { allowedHeaders: [Authorization] } }`,
          '/body': `{ ${ref}, grpc: {}, forwardBody: { maxSize: 10 } }`,
        }),
      }),
    },
  });
  const port = dragoman.port('http');
  const denied = await send({ port, path: '/plain' });
  assert.deepEqual([denied.status, denied.headers['x-reason'], denied.body], [403, 'grpc', 'not you']);

  const headers = { authorization: 'allow', 'x-tenant': 't', 'x-user': 'forged', 'x-forged': 'yes' };
  const plain = await send({ port, path: '/plain?q=1', method: 'POST', body: 'secret', headers });
  assert.deepEqual([plain.status, plain.seen?.name, plain.seen?.body], [200, 'a', 'secret']);
  assert.deepEqual([seenHeader(plain, 'x-user'), seenHeader(plain, 'x-forged')], ['anna', undefined]);
  const asked = auth.asked.at(-1)?.attributes?.request?.http;
  assert.deepEqual([asked?.path, asked?.method, asked?.headers['x-tenant']], ['/plain?q=1', 'POST', 't']);
  assert.equal((asked?.body ?? '') + String(asked?.rawBody ?? ''), '');
  assert.equal(asked?.headers['x-dragoman-chain'], undefined);

  assert.equal((await send({ port, path: '/headers', headers })).status, 200);
  const some = auth.asked.at(-1)?.attributes?.request?.http?.headers ?? {};
  assert.deepEqual([some['authorization'], some['x-tenant']], ['allow', undefined]);

  const body = await send({ port, path: '/body', method: 'POST', body: '0123456789', headers });
  assert.equal(body.seen?.body, '0123456789');
  const raw = auth.asked.at(-1)?.attributes?.request?.http?.rawBody ?? new Uint8Array();
  assert.equal(new TextDecoder().decode(raw), '0123456789');
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('nobody is let in while the server cannot be asked', async () => {
  const ref = (name: string): string => `backendRef: { name: ${name}, port: 80 }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + serviceAt('down', '{port:down}'),
      'down.yaml': httpRoute('down', {
        rules: guarded({
          '/http': `{ protocol: HTTP, ${ref('down')}, http: {} }`,
          '/grpc': `{ protocol: GRPC, ${ref('down')}, grpc: {} }`,
        }),
      }),
      'missing.yaml': httpRoute('missing', {
        rules: guarded({
          '/missing-http': `{ protocol: HTTP, ${ref('missing')}, http: {} }`,
          '/missing-grpc': `{ protocol: GRPC, ${ref('missing')}, grpc: {} }`,
        }),
      }),
    },
  });
  const port = dragoman.port('http');
  for (const path of ['/http', '/grpc', '/missing-http', '/missing-grpc']) {
    const { status, seen } = await send({ port, path, headers: { authorization: 'allow' } });
    assert.deepEqual([status, seen], [500, undefined], path);
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'down' }), ALL_WELL);
  assert.equal(parentConditions(dragoman, { route: 'missing' })['ResolvedRefs'], 'False/BackendNotFound');
});

test('preflights are answered before anybody is asked', async () => {
  await using auth = await startHttpAuth();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + serviceAt('auth', auth.port),
      'route.yaml': httpRoute('web', {
        rules: `[{ backendRefs: [{ name: a, port: 80 }], filters: [
          { type: ExternalAuth, externalAuth: { protocol: HTTP, backendRef: { name: auth, port: 80 }, http: {} } },
          { type: CORS, cors: { allowOrigins: ['https://x.example'], allowMethods: [PUT] } },
        ] }]`,
      }),
    },
  });
  const headers = { origin: 'https://x.example', 'access-control-request-method': 'PUT' };
  const port = dragoman.port('http');
  const answer = await send({ port, method: 'OPTIONS', headers });
  assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [
    200,
    'https://x.example',
  ]);
  assert.equal(auth.asked.length, 0);
  assert.equal((await send({ port, method: 'PUT', headers })).status, 401);
});

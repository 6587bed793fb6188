import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAuthServer, startHttpAuth } from './auth-server.ts';
import { seenHeader } from './expect.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { survivesEdits } from './edits-under-load.ts';
import { service, serviceAt } from './manifests.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

/** Long enough for Envoy to have done what it is told, ms. */
const SETTLED_MS = 500;

/** What is served in each test: asked about, not asked about, told more about, and a redirect. */
const served = listener('http') + everyHost() + service('a') +
  legacy('Mapping', 'closed', '{ hostname: "*", prefix: /, service: a }') +
  legacy('Mapping', 'open', '{ hostname: "*", prefix: /open/, service: a, bypass_auth: true }') +
  legacy(
    'Mapping',
    'told',
    '{ hostname: "*", prefix: /told/, service: a, auth_context_extensions: { area: shop } }',
  ) +
  legacy('Mapping', 'moved', '{ hostname: "*", prefix: /moved/, service: x.example, host_redirect: true }');

function start(auth: string): Promise<Standalone> {
  return Standalone.start({ files: { 'served.yaml': served, 'auth.yaml': auth } });
}

function get(dragoman: Standalone, options: Omit<RequestOptions, 'port'> = {}): Promise<Answer> {
  return send({ port: dragoman.port('http'), host: 'www.example', ...options });
}

/** Statuses of what is asked about, of what is not, and of the redirect. */
async function statuses(dragoman: Standalone, headers = {}): Promise<readonly number[]> {
  const answers = await Promise.all(
    ['/', '/open/', '/moved/'].map((path) => get(dragoman, { path, headers })),
  );
  return answers.map(({ status }) => status);
}

const allow = { authorization: 'allow' };

test('an AuthService is asked about probes that a service answers, and not about those of the proxy', async () => {
  await using auth = await startHttpAuth();
  await using dragoman = await start(
    serviceAt('auth', auth.port) + legacy('AuthService', 'auth', '{ auth_service: auth }') +
      legacy('Module', 'ambassador', '{ config: { diagnostics: { enabled: true, service: a } } }'),
  );
  const status = async (path: string, headers = {}): Promise<number> =>
    (await get(dragoman, { path, headers })).status;
  assert.equal(await status('/ambassador/v0/check_alive'), 200);
  assert.equal(await status('/ambassador/v0/diag/'), 401);
  assert.equal(await status('/ambassador/v0/diag/', allow), 200);
});

test('an HTTP AuthService is asked, with the headers that it is to see, and its own go where they are to go', async () => {
  await using auth = await startHttpAuth();
  await using dragoman = await start(
    serviceAt('auth', auth.port) + legacy(
      'AuthService',
      'auth',
      `{ auth_service: auth, path_prefix: /check, allowed_request_headers: [X-Tenant],
         allowed_authorization_headers: [X-User], add_auth_headers: { x-added: plus },
         include_body: { max_bytes: 10, allow_partial: true }, add_linkerd_headers: true }`,
    ),
  );
  assert.deepEqual(await statuses(dragoman), [401, 200, 301]);
  const denied = await get(dragoman);
  assert.deepEqual([denied.status, denied.headers['www-authenticate'], denied.body], [
    401,
    'Basic',
    'who are you?',
  ]);
  assert.equal((await get(dragoman, { path: '/none/../', headers: allow })).status, 200);

  auth.asked.length = 0;
  const headers = { ...allow, 'x-tenant': 't', 'x-other': 'o', 'x-user': 'forged', cookie: 'c=1' };
  const passed = await get(dragoman, { method: 'POST', path: '/x?q', body: '0123456789x', headers });
  assert.deepEqual([passed.status, passed.seen?.body], [200, '0123456789x']);
  assert.deepEqual([seenHeader(passed, 'x-user'), seenHeader(passed, 'x-team')], ['anna', undefined]);
  const [asked] = auth.asked;
  assert.deepEqual([asked?.path, asked?.method, asked?.body], ['/check/x?q', 'POST', '0123456789']);
  const seen = asked?.headers ?? {};
  assert.deepEqual(
    [seen['x-tenant'], seen['x-other'], seen.cookie, seen['x-added'], seen['l5d-dst-override'], seen.host],
    ['t', undefined, 'c=1', 'plus', 'auth:80', 'www.example'],
  );
  assert.equal(auth.asked.length, 1);
});

test('of v0, an AuthService sees all headers and no body, and only what it is told to say goes on', async () => {
  await using auth = await startHttpAuth();
  const annotated = serviceAt('auth', auth.port).replace(
    'annotations: {',
    `annotations: { getambassador.io/config: "{ apiVersion: ambassador/v0, kind: AuthService, name: auth,
       auth_service: 'auth:80', path_prefix: check, allowed_headers: [X-User] }",`,
  );
  await using dragoman = await start(annotated);
  const headers = { ...allow, 'x-other': 'o' };
  const passed = await get(dragoman, { method: 'POST', path: '/x', body: 'secret', headers });
  assert.deepEqual([passed.status, passed.seen?.body], [200, 'secret']);
  assert.deepEqual([seenHeader(passed, 'x-user'), seenHeader(passed, 'x-team')], ['anna', undefined]);
  const asked = auth.asked.at(-1);
  assert.deepEqual([asked?.path, asked?.headers['x-other'], asked?.headers['content-length'], asked?.body], [
    '/check/x',
    'o',
    '0',
    '',
  ]);
  const denied = await get(dragoman);
  assert.deepEqual([denied.status, denied.headers['www-authenticate']], [401, 'Basic']);
});

test('a gRPC AuthService is asked, and told what Mappings say besides', async () => {
  await using auth = await startAuthServer();
  await using dragoman = await start(
    serviceAt('auth', auth.port) + legacy(
      'AuthService',
      'auth',
      '{ auth_service: auth, proto: grpc, protocol_version: v3, allow_request_body: true }',
    ),
  );
  assert.deepEqual(await statuses(dragoman), [403, 200, 301]);
  const headers = { ...allow, 'x-other': 'o', 'x-user': 'forged', 'x-forged': 'yes' };
  const passed = await get(dragoman, { method: 'POST', path: '/told/', body: 'secret', headers });
  assert.deepEqual([passed.status, passed.seen?.body], [200, 'secret']);
  assert.deepEqual([seenHeader(passed, 'x-user'), seenHeader(passed, 'x-forged')], ['anna', undefined]);
  const { attributes } = auth.asked.at(-1) ?? {};
  assert.deepEqual({ ...attributes?.contextExtensions }, { area: 'shop' });
  assert.deepEqual([attributes?.request?.http?.body, attributes?.request?.http?.headers['x-other']], [
    'secret',
    'o',
  ]);
});

test('what an AuthService changes of a request decides about its route', async () => {
  await using auth = await startAuthServer();
  await using dragoman = await start(
    serviceAt('auth', auth.port) + service('b') +
      legacy('AuthService', 'auth', '{ auth_service: auth, proto: grpc, protocol_version: v3 }') +
      legacy('Mapping', 'anna', '{ hostname: "*", prefix: /, service: b, headers: { x-user: anna } }'),
  );
  assert.equal((await get(dragoman, { headers: allow })).seen?.name, 'b');
  assert.equal((await get(dragoman, { path: '/open/', headers: allow })).seen?.name, 'a');
});

test('several AuthServices are asked in turn', async () => {
  await using one = await startHttpAuth();
  await using two = await startHttpAuth();
  await using dragoman = await start(
    serviceAt('one', one.port) + serviceAt('two', two.port) +
      legacy('AuthService', 'one', '{ auth_service: one }') +
      legacy('AuthService', 'two', '{ auth_service: two }'),
  );
  for (let i = 0; i < 20; i++) assert.equal((await get(dragoman, { headers: allow })).status, 200);
  assert.deepEqual([one.asked.length, two.asked.length], [10, 10]);
});

test('without an AuthService that can be asked nobody is let in but where it is not asked', async () => {
  const cases: Readonly<Record<string, readonly [status: number, auth: string]>> = {
    'is down': [403, legacy('AuthService', 'auth', '{ auth_service: down }')],
    'is down by gRPC': [
      403,
      legacy('AuthService', 'auth', '{ auth_service: down, proto: grpc, protocol_version: v3 }'),
    ],
    'is down and says a status': [
      503,
      legacy('AuthService', 'auth', '{ auth_service: down, status_on_error: { code: 503 } }'),
    ],
    'is down and says that it does not matter': [
      200,
      legacy('AuthService', 'auth', '{ auth_service: down, failure_mode_allow: true }'),
    ],
    'has no TLSContext': [
      500,
      legacy('AuthService', 'auth', '{ auth_service: down, tls: missing, failure_mode_allow: true }'),
    ],
    'has a wrong service': [500, legacy('AuthService', 'auth', '{ auth_service: "ftp://down" }')],
    'is for v2': [
      500,
      legacy('AuthService', 'auth', '{ auth_service: down, proto: grpc, protocol_version: v2 }'),
    ],
    'has what Envoy refuses': [
      500,
      legacy('AuthService', 'auth', '{ auth_service: down, add_auth_headers: { x-bad: "%NO_SUCH%" } }'),
    ],
  };
  await using dragoman = await Standalone.start({
    files: { 'served.yaml': served + serviceAt('down', '{port:down}'), 'auth.yaml': '' },
  });
  assert.deepEqual(await statuses(dragoman), [200, 200, 301]);
  for (const [name, [status, auth]] of Object.entries(cases)) {
    await dragoman.write('auth.yaml', auth);
    const refused = name.endsWith('Envoy refuses');
    await eventually(async () => {
      assert.deepEqual(await statuses(dragoman, allow), refused ? [500, 500, 500] : [status, 200, 301], name);
    });
    const { diagnostics } = dragoman.running.dataflow.diagnostics.get('AuthService/default/auth') ?? {};
    const [code] = diagnostics?.filter(({ severity }) => severity === 'error').map((each) => each.code) ?? [];
    assert.equal(code, refused ? 'RefusedByEnvoy' : status === 500 ? 'InvalidAuthService' : undefined, name);
  }
  await dragoman.write('auth.yaml', '');
  await eventually(async () => assert.deepEqual(await statuses(dragoman), [200, 200, 301]));
});

test('requests that wait for an AuthService reach the Mapping that they were for, though it is edited', async () => {
  const { promise: after, resolve: answer } = Promise.withResolvers<void>();
  await using auth = await startHttpAuth({ after });
  const mapping = (to: string): string =>
    service('b') + legacy('Mapping', 'edited', `{ hostname: "*", prefix: /edited/, service: ${to} }`);
  await using dragoman = await Standalone.start({
    files: {
      'served.yaml': served + serviceAt('auth', auth.port) +
        legacy('AuthService', 'auth', '{ auth_service: auth }'),
      'edited.yaml': mapping('b'),
    },
  });
  const waiting = get(dragoman, { path: '/edited/', headers: allow });
  await eventually(() => assert.equal(auth.asked.length, 1));
  await dragoman.write('edited.yaml', mapping('a'));
  const { clusters } = dragoman.running.dataflow;
  await eventually(() => {
    const uses = dragoman.running.dataflow.clusterUses.values().filter(({ cluster }) =>
      cluster.backend.name === 'b'
    );
    assert.deepEqual(uses.map(({ key }) => key.startsWith('~')), [true]);
  });
  await sleep(SETTLED_MS);
  answer();
  const { status, seen } = await waiting;
  assert.deepEqual([status, seen?.name], [200, 'b']);
  await eventually(() => {
    assert.ok(clusters.values().every(({ backend }) => backend.name !== 'b'));
  });
});

test('edits of an AuthService under load fail no request, and open no door', async () => {
  await using one = await startHttpAuth();
  await using two = await startHttpAuth();
  const edited = (round: number): string =>
    serviceAt('one', one.port) + serviceAt('two', two.port) +
    legacy(
      'AuthService',
      'auth',
      `{ auth_service: ${round % 2 === 0 ? 'one' : 'two'}, timeout_ms: ${5_000 + round},
         add_auth_headers: { authorization: allow } }`,
    );
  await using dragoman = await start(edited(0));
  await survivesEdits(dragoman, { path: '/', file: 'auth.yaml', edited, servers: [one, two] });
});

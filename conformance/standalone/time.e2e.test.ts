import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { ALL_WELL, expectAnswers, parentConditions } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { serveHttp } from './serve-http.ts';
import { Standalone } from './standalone.ts';

function rule(path: string, policy: string): string {
  return `{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: a, port: 80 }], ${policy} }`;
}

test('a request, or a try of it, that takes too long is answered 504', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('/request', 'timeouts: { request: 1s }')},
          ${rule('/backend', 'timeouts: { backendRequest: 1s }')},
          ${rule('/both', 'timeouts: { request: 20s, backendRequest: 1s }')},
          ${rule('/never', 'timeouts: { request: 0s }')},
          ${rule('/never-either', 'timeouts: { request: 0s, backendRequest: 0s }')},
          ${rule('/one', 'timeouts: { request: 1s, backendRequest: 0s }')},
        ]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { path: '/request', to: 'a' },
    { path: '/request?delay=4000', to: 504 },
    { path: '/backend', to: 'a' },
    { path: '/backend?delay=4000', to: 504 },
    { path: '/both?delay=4000', to: 504 },
    { path: '/never?delay=400', to: 'a' },
    { path: '/never-either?delay=400', to: 'a' },
    { path: '/one?delay=4000', to: 504 },
  ]);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

interface Flaky extends AsyncDisposable {
  readonly port: number;
  /** Tries of each `id`. */
  readonly tries: Map<string, number>;
}

/**
 * A backend that fails the first tries of a request: `?id=X&fail=2&code=503&delay=100`; code 0 breaks the connection, and
 * those under 100 are gRPC's.
 */
async function startFlaky(): Promise<Flaky> {
  const tries = new Map<string, number>();
  const answer: RequestListener = (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://flaky');
    const id = searchParams.get('id') ?? '';
    const count = (tries.get(id) ?? 0) + 1;
    tries.set(id, count);
    const fails = count <= Number(searchParams.get('fail'));
    const code = fails ? Number(searchParams.get('code')) : 200;
    setTimeout(() => {
      if (code === 0) request.socket.destroy();
      else if (code < 100) response.writeHead(200, { 'grpc-status': code }).end();
      else response.writeHead(code).end();
    }, fails ? Number(searchParams.get('delay')) : 0);
  };
  const server = createServer(answer);
  return {
    ...await serveHttp(server),
    tries,
  };
}

/** A Service whose endpoints are told. */
function serviceAt(name: string, endpoints: string): string {
  return service(name).replace(/dragoman\.dev\/endpoints: "[^"]*"/, `dragoman.dev/endpoints: "${endpoints}"`);
}

test('failed tries are repeated as often, for such codes and as long as the rule says', async () => {
  await using flaky = await startFlaky();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': serviceAt('a', `127.0.0.1:${flaky.port}`),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('/three', 'retry: { codes: [500], attempts: 3 }')},
          ${rule('/all', 'retry: { codes: [500, 502, 503, 504], attempts: 2, backoff: 10ms }')},
          ${rule('/none', 'retry: { codes: [500, 503], attempts: 0 }')},
          ${rule('/default', 'retry: { codes: [500] }')},
          ${rule('/request', 'retry: { codes: [500], attempts: 5 }, timeouts: { request: 2s }')},
          ${
          rule(
            '/try',
            'retry: { codes: [500], attempts: 3 }, timeouts: { backendRequest: 1s, request: 30s }',
          )
        },
        ]`,
      }),
    },
  });
  const port = dragoman.port('http');
  let id = 0;
  const cases: readonly (readonly [string, number, number])[] = [
    ['/three?code=500&fail=2', 200, 3],
    ['/three?code=500&fail=4', 500, 4],
    ['/three?code=503&fail=1', 503, 1],
    ...[500, 502, 503, 504].flatMap((code) =>
      [[`/all?code=${code}&fail=1`, 200, 2], [`/all?code=${code}&fail=3`, code, 3]] as const
    ),
    ['/none?code=500&fail=1', 500, 1],
    ['/none?code=503&fail=1', 503, 1],
    ['/default?code=500&fail=1', 200, 2],
    // UNAVAILABLE is said of calls that were not begun, INTERNAL is not.
    ['/default?code=14&fail=1', 200, 2],
    ['/default?code=13&fail=1', 200, 1],
    ['/none?code=14&fail=1', 200, 1],
    // Tries and pauses together take longer than the request may.
    ['/request?code=500&fail=1', 200, 2],
    ['/request?code=500&fail=5&delay=1300', 504, 2],
    // Tries that take too long are repeated.
    ['/try?code=500&fail=2&delay=100', 200, 3],
    ['/try?code=500&fail=2&delay=3000', 200, 3],
    ['/try?code=500&fail=9&delay=3000', 504, 4],
  ];
  for (const [path, status, tries] of cases) {
    id++;
    assert.equal((await send({ port, path: `${path}&id=${id}` })).status, status, path);
    assert.equal(flaky.tries.get(String(id)), tries, `tries of ${path}`);
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('failures to connect are tried again at another endpoint', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('echo') + serviceAt('a', '127.0.0.1:{echo:a},127.0.0.1:{port:nobody}'),
      'route.yaml': httpRoute('web', {
        rules: `[${rule('/retry', 'retry: { attempts: 20 }')}, ${
          rule('/once', 'timeouts: { request: 5s }')
        }]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const once = new Set<number>();
  // Endpoints take turns, so one request after the other meets both.
  for (let i = 0; i < 10; i++) once.add((await send({ port, path: '/once' })).status);
  assert.deepEqual([...once].sort((a, b) => a - b), [200, 503]);
  for (let i = 0; i < 21; i++) assert.equal((await send({ port, path: '/retry' })).status, 200);
});

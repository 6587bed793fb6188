import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, parentConditions } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { Standalone } from './standalone.ts';

function rule(path: string, cors: string): string {
  return `{ matches: [{ path: { value: ${path} } }], filters: [{ type: CORS, cors: ${cors} }],
    backendRefs: [{ name: a, port: 80 }] }`;
}

/** What a browser reads of an answer: its access-control headers, without the word and without spaces. */
function cors({ headers }: Answer): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const [, short] = /^access-control-(.*)$/.exec(name) ?? [];
    if (short !== undefined) found[short] = String(value).replaceAll(' ', '');
  }
  return found;
}

test('preflights are answered and answers marked as the CORS filter says', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${
          rule(
            '/listed',
            `{ allowOrigins: ['https://www.foo.com', 'https://*.bar.com'], allowMethods: [GET, OPTIONS],
              allowHeaders: [x-1, x-2], exposeHeaders: [x-3, x-4], allowCredentials: true, maxAge: 3600 }`,
          )
        },
          ${rule('/methods', `{ allowOrigins: ['https://www.foo.com'], allowMethods: ['*'] }`)},
          ${rule('/any', `{ allowOrigins: ['*'], allowMethods: [PUT] }`)},
          ${
          rule(
            '/all-trusted',
            `{ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: true }`,
          )
        },
          ${rule('/all', `{ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] }`)},
        ]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const preflight = async (path: string, origin: string, { method = 'GET', headers = 'x-1, x-2' } = {}) => {
    const answer = await send({
      port,
      path,
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    });
    assert.ok([200, 204].includes(answer.status), `${path} ${answer.status}`);
    assert.equal(answer.seen, undefined, 'a preflight reaches no backend');
    return cors(answer);
  };
  for (const origin of ['https://www.foo.com', 'https://www.bar.com', 'https://xpto.www.bar.com']) {
    assert.deepEqual(await preflight('/listed', origin), {
      'allow-origin': origin,
      'allow-methods': 'GET,OPTIONS',
      'allow-headers': 'x-1,x-2',
      'expose-headers': 'x-3,x-4',
      'max-age': '3600',
      'allow-credentials': 'true',
    });
  }
  for (
    const origin of [
      'https://foobar.com',
      'http://www.foo.com',
      'https://www.foo.com:8443',
      'https://www.foo.com.evil.com',
      'https://bar.com',
      'https://wwwxbar.com',
      'null',
    ]
  ) {
    assert.equal((await preflight('/listed', origin))['allow-origin'], undefined, origin);
  }
  const methods = await preflight('/methods', 'https://www.foo.com', { method: 'POST' });
  assert.equal(methods['allow-origin'], 'https://www.foo.com');
  assert.match(methods['allow-methods'] ?? '', /^(POST|\*)$/);
  assert.equal(methods['allow-credentials'], undefined);
  for (const origin of ['https://foobar.com', 'https://foobar.com:12345']) {
    const any = await preflight('/any', origin, { method: 'PUT' });
    assert.ok([origin, '*'].includes(any['allow-origin'] ?? ''), any['allow-origin']);
    assert.deepEqual([any['allow-methods'], any['allow-credentials']], ['PUT', undefined]);
  }
  // With credentials, browsers take no `*`.
  const trusted = await preflight('/all-trusted', 'https://other.foo.com', { method: 'PUT' });
  assert.equal(trusted['allow-origin'], 'https://other.foo.com');
  assert.equal(trusted['allow-methods'], 'PUT');
  assert.equal(trusted['allow-headers'], 'x-1,x-2');
  assert.equal(trusted['allow-credentials'], 'true');
  const all = await preflight('/all', 'https://other.foo.com', { method: 'PUT' });
  assert.match(all['allow-methods'] ?? '', /^(PUT|\*)$/);
  assert.match(all['allow-headers'] ?? '', /^(x-1,x-2|\*)$/);
  assert.equal(all['allow-credentials'], undefined);

  const actual = async (path: string, origin: string, method = 'GET') => {
    const answer = await send({ port, path, method, headers: { origin } });
    assert.deepEqual([answer.status, answer.seen?.name], [200, 'a']);
    return cors(answer);
  };
  const listed = await actual('/listed', 'https://www.bar.com');
  assert.equal(listed['allow-origin'], 'https://www.bar.com');
  assert.equal(listed['allow-credentials'], 'true');
  assert.equal(listed['expose-headers'], 'x-3,x-4');
  assert.equal((await actual('/listed', 'https://foobar.com'))['allow-origin'], undefined);
  assert.match(
    (await actual('/any', 'https://x.com:1', 'PUT'))['allow-origin'] ?? '',
    /^(https:\/\/x\.com:1|\*)$/,
  );
  assert.equal((await actual('/all', 'https://x.com'))['allow-credentials'], undefined);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, expectAnswers, parentConditions, seenHeader } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { Standalone } from './standalone.ts';

/** A rule for a path, with its filter on the rule or on its backend. */
function rule(path: string, { filter, backend = false }: { filter: string; backend?: boolean }): string {
  const filters = `filters: [${filter}]`;
  const match = `matches: [{ path: { value: ${path} } }]`;
  return backend
    ? `{ ${match}, backendRefs: [{ name: a, port: 80, ${filters} }] }`
    : `{ ${match}, backendRefs: [{ name: a, port: 80 }], ${filters} }`;
}

function request(changes: string): string {
  return `{ type: RequestHeaderModifier, requestHeaderModifier: ${changes} }`;
}

function response(changes: string): string {
  return `{ type: ResponseHeaderModifier, responseHeaderModifier: ${changes} }`;
}

const MULTIPLE = `{
  set: [{ name: X-Set-1, value: set-1 }, { name: X-Set-2, value: set-2 }],
  add: [{ name: X-Add-1, value: add-1 }, { name: X-Add-2, value: add-2 }],
  remove: [X-Remove-1, X-Remove-2],
}`;

for (const backend of [false, true]) {
  test(`request headers are set, added and removed by a ${backend ? 'backend' : 'rule'}`, async () => {
    await using dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(),
        'services.yaml': service('a'),
        'route.yaml': httpRoute('web', {
          rules: `[
            ${rule('/set', { backend, filter: request('{ set: [{ name: X-Set, value: new }] }') })},
            ${rule('/add', { backend, filter: request('{ add: [{ name: X-Add, value: new }] }') })},
            ${rule('/remove', { backend, filter: request('{ remove: [X-Remove] }') })},
            ${rule('/multiple', { backend, filter: request(MULTIPLE) })},
            ${
            rule('/literal', {
              backend,
              filter: request(`{ set: [{ name: x-percent, value: '100% %REQ(host)% %%' }] }`),
            })
          },
            ${rule('/host', { backend, filter: request('{ set: [{ name: Host, value: other.example }] }') })},
          ]`,
        }),
      },
    });
    const port = dragoman.port('http');
    const seen = async (path: string, headers: Record<string, string>, names: readonly string[]) => {
      const answer = await send({ port, path, headers });
      assert.equal(answer.status, 200, path);
      return names.map((name) => seenHeader(answer, name));
    };
    assert.deepEqual(await seen('/set', { other: 'x' }, ['x-set', 'other']), ['new', 'x']);
    assert.deepEqual(await seen('/set', { 'x-set': 'old' }, ['x-set']), ['new']);
    assert.deepEqual(await seen('/add', {}, ['x-add']), ['new']);
    assert.match((await seen('/add', { 'x-add': 'old' }, ['x-add']))[0] ?? '', /^old, ?new$/);
    assert.deepEqual(await seen('/remove', { 'X-REMOVE': 'old', other: 'x' }, ['x-remove', 'other']), [
      undefined,
      'x',
    ]);
    const sent = { 'x-set-2': 'old', 'x-add-2': 'old', 'x-remove-2': 'old', 'x-other': 'old' };
    const got = await seen('/multiple', sent, [
      'x-set-1',
      'x-set-2',
      'x-add-1',
      'x-add-2',
      'x-remove-1',
      'x-remove-2',
      'x-other',
    ]);
    assert.deepEqual(got.map((value) => value?.replace(', ', ',')), [
      'set-1',
      'set-2',
      'add-1',
      'old,add-2',
      undefined,
      undefined,
      'old',
    ]);
    assert.deepEqual(await seen('/literal', {}, ['x-percent']), ['100% %REQ(host)% %%']);
    assert.equal((await send({ port, path: '/host', host: 'www.example' })).seen?.host, 'other.example');
    assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
  });

  test(`response headers are set, added and removed by a ${backend ? 'backend' : 'rule'}`, async () => {
    await using dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(),
        'services.yaml': service('a'),
        'route.yaml': httpRoute('web', {
          rules: `[
            ${rule('/set', { backend, filter: response('{ set: [{ name: X-Echo-Name, value: new }] }') })},
            ${rule('/add', { backend, filter: response('{ add: [{ name: X-Echo-Name, value: new }] }') })},
            ${rule('/remove', { backend, filter: response('{ remove: [X-Echo-Name] }') })},
            ${
            rule('/more', {
              backend,
              filter: response(
                `{ set: [{ name: x-one, value: '50%' }], add: [{ name: x-two, value: two }], remove: [x-none] }`,
              ),
            })
          },
          ]`,
        }),
      },
    });
    const port = dragoman.port('http');
    const headers = async (path: string) => (await send({ port, path })).headers;
    assert.equal((await headers('/set'))['x-echo-name'], 'new');
    assert.equal((await headers('/add'))['x-echo-name'], 'a, new');
    assert.equal((await headers('/remove'))['x-echo-name'], undefined);
    const more = await headers('/more');
    assert.deepEqual([more['x-one'], more['x-two'], more['x-echo-name']], ['50%', 'two', 'a']);
  });
}

test('changes of a backend come after those of its rule', async () => {
  const both = (first: string, second: string): string =>
    `backendRefs: [{ name: a, port: 80, filters: [${second}] }], filters: [${first}]`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + service('b'),
      'route.yaml': httpRoute('web', {
        rules: `[
          { matches: [{ path: { value: /set } }], ${
          both(
            request('{ set: [{ name: x-a, value: rule }], add: [{ name: x-b, value: rule }] }'),
            request('{ set: [{ name: X-A, value: backend }], add: [{ name: X-B, value: backend }] }'),
          )
        } },
          { matches: [{ path: { value: /remove } }], ${
          both(request('{ set: [{ name: x-a, value: rule }] }'), request('{ remove: [X-A] }'))
        } },
          { matches: [{ path: { value: /split } }], filters: [${
          request('{ set: [{ name: x-a, value: rule }, { name: host, value: rule.example }] }')
        }], backendRefs: [
            { name: a, port: 80, filters: [${
          request('{ set: [{ name: x-a, value: backend }, { name: host, value: backend.example }] }')
        }, ${response('{ set: [{ name: x-from, value: a }] }')}] },
            { name: b, port: 80 },
          ] },
        ]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const set = await send({ port, path: '/set', headers: { 'x-b': 'client' } });
  assert.equal(seenHeader(set, 'x-a'), 'backend');
  assert.deepEqual(seenHeader(set, 'x-b')?.split(/, ?/).sort(), ['backend', 'client', 'rule']);
  assert.equal(seenHeader(await send({ port, path: '/remove' }), 'x-a'), undefined);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const answer = await send({ port, path: '/split' });
    seen.add(
      [answer.seen?.name, seenHeader(answer, 'x-a'), answer.seen?.host, answer.headers['x-from']].join(' '),
    );
  }
  assert.deepEqual([...seen].sort(), ['a backend backend.example a', 'b rule rule.example ']);
});

test('what clients say of themselves and to Envoy is not believed', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
    },
  });
  const port = dragoman.port('http');
  const answer = await send({
    port,
    path: '/?delay=30&status=503',
    headers: {
      'x-envoy-upstream-rq-timeout-ms': '1',
      'x-envoy-retry-on': '5xx',
      'x-envoy-max-retries': '5',
      'x-envoy-internal': 'true',
      'x-dragoman-chain': 'forged',
    },
  });
  assert.deepEqual([answer.status, answer.seen?.name], [503, 'a']);
  for (const name of ['x-envoy-retry-on', 'x-envoy-internal', 'x-dragoman-chain', 'x-envoy-attempt-count']) {
    assert.equal(seenHeader(answer, name), undefined, name);
  }
  await expectAnswers(port, [{ path: '/a%2Fb', to: 400 }, { path: '/a//b', to: 'a' }]);
});

test('a header that cannot be changed makes its rule invalid', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('/bad', { filter: request('{ remove: [Host] }') })},
          ${rule('/good', { filter: request('{ remove: [x-a] }') })},
        ]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [{ path: '/bad', to: 500 }, { path: '/good', to: 'a' }]);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), {
    ...ALL_WELL,
    PartiallyInvalid: 'True/UnsupportedValue',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, conditions, expectAnswers, parentConditions } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

function only(backends: string): string {
  return `[{ backendRefs: [${backends}] }]`;
}

function to(name: string): string {
  return only(`{ name: ${name}, port: 80 }`);
}

test('without a backend requests get 500, without an endpoint 503, and the status says why', async () => {
  const at = (name: string): string => `hostnames: [${name}.example]`;
  const empty = service('empty').replace(/dragoman\.dev\/endpoints: "[^"]*"/, 'dragoman.dev/endpoints: ""');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + empty,
      'routes.yaml': httpRoute('none', { more: at('none'), rules: '[{}]' }) +
        httpRoute('missing', { more: at('missing'), rules: to('missing') }) +
        httpRoute('port', { more: at('port'), rules: only('{ name: a, port: 81 }') }) +
        httpRoute('kind', { more: at('kind'), rules: only('{ kind: Pod, name: a, port: 80 }') }) +
        httpRoute('elsewhere', {
          more: at('elsewhere'),
          rules: only('{ namespace: other, name: a, port: 80 }'),
        }) +
        httpRoute('empty', { more: at('empty'), rules: to('empty') }) +
        httpRoute('unknown', {
          more: at('unknown'),
          rules:
            `[{ filters: [{ type: ExtensionRef, extensionRef: { group: x.example, kind: Thing, name: t } }],
            backendRefs: [{ name: a, port: 80 }] }]`,
        }),
    },
  });
  const expected: Readonly<Record<string, readonly [number, string]>> = {
    none: [500, 'True/ResolvedRefs'],
    missing: [500, 'False/BackendNotFound'],
    port: [500, 'False/BackendNotFound'],
    kind: [500, 'False/InvalidKind'],
    elsewhere: [500, 'False/RefNotPermitted'],
    empty: [503, 'True/ResolvedRefs'],
    unknown: [500, 'False/InvalidKind'],
  };
  const port = dragoman.port('http');
  for (const [route, [status, resolved]] of Object.entries(expected)) {
    await expectAnswers(port, [{ host: `${route}.example`, to: status }]);
    assert.equal(parentConditions(dragoman, { route })['ResolvedRefs'], resolved, route);
  }
  // The next request follows the folder.
  await dragoman.write('services.yaml', service('a') + service('missing') + service('empty'));
  await eventually(() =>
    expectAnswers(port, [
      { host: 'missing.example', to: 'missing' },
      { host: 'empty.example', to: 'empty' },
      { host: 'port.example', to: 500 },
    ])
  );
  assert.deepEqual(parentConditions(dragoman, { route: 'missing' }), ALL_WELL);
});

test('a Service says which protocol its port speaks', async () => {
  const speaking = (name: string, protocol: string): string =>
    service(name, `{ port: 80, appProtocol: ${protocol} }`);
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('plain') + speaking('h2c', 'kubernetes.io/h2c') +
        speaking('ws', 'kubernetes.io/ws') + speaking('odd', 'kubernetes.io/wss'),
      'routes.yaml': ['plain', 'h2c', 'ws', 'odd'].map((name) =>
        httpRoute(name, { more: name === 'ws' ? '' : `hostnames: [${name}.example]`, rules: to(name) })
      ).join(''),
    },
  });
  const port = dragoman.port('http');
  const version = async (name: string) => (await send({ port, host: `${name}.example` })).seen?.httpVersion;
  assert.deepEqual([await version('plain'), await version('h2c')], ['1.1', '2']);
  await expectAnswers(port, [{ host: 'odd.example', to: 500 }]);
  assert.equal(parentConditions(dragoman, { route: 'odd' })['ResolvedRefs'], 'False/UnsupportedProtocol');
  const message = await new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    socket.onopen = () => socket.send('hello');
    socket.onerror = () => reject(new Error('the WebSocket failed'));
    socket.onmessage = ({ data }) => {
      socket.close();
      resolve(data);
    };
  });
  assert.equal(message, 'hello');
  assert.deepEqual(parentConditions(dragoman, { route: 'ws' }), ALL_WELL);
});

test('a parentRef chooses listeners by name and port', async () => {
  const parents = (refs: string, route: string): string =>
    httpRoute(route, { rules: to('a') }).replace('parentRefs: [{ name: web }]', `parentRefs: ${refs}`);
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(`[
        { name: one, port: {port:one}, protocol: HTTP, hostname: '*.example' },
        { name: two, port: {port:two}, protocol: HTTP },
        { name: three, port: {port:three}, protocol: HTTP },
      ]`),
      'services.yaml': service('a'),
      'routes.yaml': parents('[{ name: web, sectionName: one }, { name: web, sectionName: three }]', 'good') +
        parents('[{ name: web, port: {port:two} }]', 'by-port').replace(
          'rules:',
          'hostnames: [port.example]\n  rules:',
        ) +
        parents('[{ name: web, sectionName: none }]', 'name') +
        parents('[{ name: web, port: 1 }]', 'port') +
        parents('[{ name: web, sectionName: one, port: {port:two} }]', 'both') +
        parents('[{ name: web, sectionName: one }]', 'host').replace(
          'rules:',
          'hostnames: [www.other]\n  rules:',
        ),
    },
  });
  const host = 'www.example';
  await expectAnswers(dragoman.port('one'), [{ host, to: 'a' }, { host: 'www.other', to: 404 }]);
  await expectAnswers(dragoman.port('two'), [{ host, to: 404 }, { host: 'port.example', to: 'a' }]);
  await expectAnswers(dragoman.port('three'), [{ host, to: 'a' }, { host: 'www.other', to: 'a' }]);
  for (const parent of [0, 1]) {
    assert.deepEqual(parentConditions(dragoman, { route: 'good', parent }), ALL_WELL);
  }
  for (const route of ['name', 'port', 'both']) {
    assert.equal(parentConditions(dragoman, { route })['Accepted'], 'False/NoMatchingParent', route);
  }
  assert.equal(parentConditions(dragoman, { route: 'host' })['Accepted'], 'False/NoMatchingListenerHostname');
  const status = dragoman.status('Gateway/default/web') as {
    listeners: { name: string; attachedRoutes: number; conditions: [] }[];
  };
  const attached = status.listeners.map(({ name, attachedRoutes }) => [name, attachedRoutes]);
  assert.deepEqual(attached, [['one', 1], ['two', 1], ['three', 1]]);
  assert.equal(conditions(status.listeners[0]?.conditions)['Accepted'], 'True/Accepted');
});

test('a session stays with its endpoint, by cookie and by header', async () => {
  const endpoints = ['x', 'y', 'z'].map((name) => `127.0.0.1:{echo:${name}}`).join(',');
  const many = service('many').replace(
    /dragoman\.dev\/endpoints: "[^"]*"/,
    `dragoman.dev/endpoints: "${endpoints}"`,
  );
  const session = (path: string, persistence: string): string =>
    `{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: many, port: 80 }],
      sessionPersistence: ${persistence} }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': many,
      'route.yaml': httpRoute('web', {
        rules: `[
          ${session('/cookie', '{ type: Cookie, cookie: { name: sid } }')},
          ${
          session(
            '/permanent',
            '{ type: Cookie, absoluteTimeout: 1h, cookie: { name: long, lifetimeType: Permanent } }',
          )
        },
          ${session('/header', '{ type: Header, header: { name: X-Session } }')},
          { matches: [{ path: { value: /free } }], backendRefs: [{ name: many, port: 80 }] },
        ]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const free = new Set<string | undefined>();
  for (let i = 0; i < 9; i++) free.add((await send({ port, path: '/free' })).seen?.name);
  assert.equal(free.size, 3);
  for (const path of ['/cookie', '/permanent', '/header']) {
    const first = await send({ port, path });
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    const headers: Record<string, string> = path === '/header'
      ? { 'x-session': String(first.headers['x-session']) }
      : { cookie: cookie.split(';')[0] ?? '' };
    if (path === '/cookie') assert.doesNotMatch(cookie, /max-age/i);
    if (path === '/permanent') assert.match(cookie, /^"?long=.*max-age=3600/i);
    for (let i = 0; i < 9; i++) {
      assert.equal((await send({ port, path, headers })).seen?.name, first.seen?.name, `${path} ${i}`);
    }
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

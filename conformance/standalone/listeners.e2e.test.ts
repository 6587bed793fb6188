import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateway, service } from './manifests.ts';
import { envoysOf } from './processes.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

interface RouteOptions {
  /** Flow YAML of a parentRef. */
  readonly parent?: string;
  readonly path?: string;
  readonly backend?: string;
  readonly hostnames?: string;
  readonly namespace?: string;
}

function route(name: string, options: RouteOptions = {}): string {
  const { parent = '{ name: web }', path = '/', backend = 'a', hostnames, namespace = 'default' } = options;
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  parentRefs: [${parent}]
  ${hostnames === undefined ? '' : `hostnames: ${hostnames}`}
  rules: [{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: ${backend}, port: 80 }] }]
`;
}

interface ListenerState {
  readonly name: string;
  readonly attachedRoutes: number;
}

function listenersOf(status: unknown): readonly ListenerState[] {
  return (status as { listeners?: readonly ListenerState[] } | undefined)?.listeners ?? [];
}

function attached(status: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(listenersOf(status).map(({ name, attachedRoutes }) => [name, attachedRoutes]));
}

const ISOLATED = [
  ['empty-hostname', undefined, 'bar.com'],
  ['wildcard-example-com', '*.example.com', 'bar.example.com'],
  ['wildcard-foo-example-com', '*.foo.example.com', 'bar.foo.example.com'],
  ['abc-foo-example-com', 'abc.foo.example.com', 'abc.foo.example.com'],
] as const;

// The table of the upstream conformance test GatewayHTTPListenerIsolation.
for (
  const [name, hostnames] of [
    ['only listeners say hostnames', undefined],
    [
      'listeners and routes say hostnames',
      '["bar.com", "*.example.com", "*.foo.example.com", "abc.foo.example.com"]',
    ],
  ] as const
) {
  test(`a request is served by the most specific listener alone: ${name}`, async () => {
    const listeners = ISOLATED.map(([section, hostname]) =>
      `{ name: ${section}, port: {port:http}, protocol: HTTP${
        hostname === undefined ? '' : `, hostname: "${hostname}"`
      } }`
    );
    await using dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(`[${listeners.join(', ')}]`) + service('a'),
        'routes.yaml': ISOLATED.map(([section]) =>
          route(section, {
            parent: `{ name: web, sectionName: ${section} }`,
            path: `/${section}`,
            ...(hostnames === undefined ? {} : { hostnames }),
          })
        ).join(''),
      },
    });
    for (const [owner, , host] of ISOLATED) {
      for (const [section] of ISOLATED) {
        const { status } = await send({ port: dragoman.port('http'), host, path: `/${section}` });
        assert.equal(status, section === owner ? 200 : 404, `${host}/${section}`);
      }
    }
    assert.deepEqual(
      attached(dragoman.status('Gateway/default/web')),
      Object.fromEntries(ISOLATED.map(([section]) => [section, 1])),
    );
  });
}

test('parentRefs choose listeners by port and section, and hostnames intersect', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(`[{ name: one, port: {port:one}, protocol: HTTP, hostname: "*.example.com" },
        { name: other, port: {port:one}, protocol: HTTP, hostname: "other.org" },
        { name: two, port: {port:two}, protocol: HTTP }]`) + service('a') + service('b') + service('c'),
      'routes.yaml':
        route('by-port', { parent: '{ name: web, port: {port:two} }', path: '/port', backend: 'b' }) +
        route('by-section', { parent: '{ name: web, sectionName: other }', path: '/section', backend: 'c' }) +
        route('by-host', { hostnames: '["a.example.com", "*.b.example.com", "other.net"]' }) +
        route('nowhere', { parent: '{ name: web, sectionName: one }', hostnames: '[x.org]' }) +
        route('no-section', { parent: '{ name: web, sectionName: missing }' }) +
        route('no-port', { parent: '{ name: web, port: 1 }' }),
    },
  });
  const expected: readonly (readonly ['one' | 'two', string, string, number])[] = [
    ['two', 'x.net', '/port', 200],
    ['one', 'a.example.com', '/port', 200],
    ['one', 'other.org', '/section', 200],
    ['two', 'other.org', '/section', 404],
    ['one', 'a.example.com', '/', 200],
    ['one', 'x.b.example.com', '/', 200],
    ['one', 'c.example.com', '/', 404],
    ['one', 'other.net', '/', 404],
    ['two', 'other.net', '/', 200],
    ['two', 'a.example.com', '/', 200],
  ];
  for (const [port, host, path, status] of expected) {
    const answer = await send({ port: dragoman.port(port), host, path });
    assert.equal(answer.status, status, `${port} ${host}${path}`);
  }
  // The route of the other port took no part: the prefix / of `by-host` served it.
  assert.equal(
    (await send({ port: dragoman.port('one'), host: 'a.example.com', path: '/port' })).seen?.name,
    'a',
  );
  const reasons = ['nowhere', 'no-section', 'no-port'].map((name) => {
    const [parent] = (dragoman.status(`HTTPRoute/default/${name}`) as { parents: unknown[] }).parents;
    return conditionOf(parent, 'Accepted')?.reason;
  });
  assert.deepEqual(reasons, ['NoMatchingListenerHostname', 'NoMatchingParent', 'NoMatchingParent']);
  assert.deepEqual(attached(dragoman.status('Gateway/default/web')), { one: 1, other: 1, two: 2 });
});

test('Gateways with loopback addresses of their own share a port; on one address the second is refused', async () => {
  const another = (name: string, address?: string): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  gatewayClassName: dragoman
  ${address === undefined ? '' : `addresses: [{ type: IPAddress, value: ${address} }]`}
  listeners: [{ name: http, port: {port:http}, protocol: HTTP }]
`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway() + another('own', '127.0.0.2') + another('zzz') + service('a') + service('b'),
      'routes.yaml': route('web') + route('own', { parent: '{ name: own }', backend: 'b' }),
    },
  });
  const port = dragoman.port('http');
  assert.equal((await send({ port, host: 'x' })).seen?.name, 'a');
  assert.equal((await send({ port, host: 'x', address: '127.0.0.2' })).seen?.name, 'b');
  const own = dragoman.status('Gateway/default/own') as { addresses: unknown };
  assert.deepEqual(own.addresses, [{ type: 'IPAddress', value: '127.0.0.2', routability: '' }]);
  const [refused] = listenersOf(dragoman.status('Gateway/default/zzz'));
  assert.equal(conditionOf(refused, 'Accepted')?.reason, 'PortUnavailable');
  assert.match(conditionOf(refused, 'Accepted')?.message ?? '', /Gateway\/default\/web has it/);
  assert.equal(conditionOf(dragoman.status('Gateway/default/zzz'), 'Programmed')?.status, 'False');
  // When the first goes, the port is the second's.
  await dragoman.write(
    'gateway.yaml',
    gateway().split('---')[0] + another('own', '127.0.0.2') + another('zzz') + service('a') + service('b'),
  );
  await dragoman.write('routes.yaml', route('web', { parent: '{ name: zzz }', backend: 'b' }));
  await eventually(async () => assert.equal((await send({ port, host: 'x' })).seen?.name, 'b'));
});

test('Programmed is true only once the proxy runs the listener', async () => {
  await using dragoman = await Standalone.start({
    files: { 'gateway.yaml': gateway() + service('a'), 'routes.yaml': route('web') },
  });
  const programmed = (): unknown => conditionOf(dragoman.status('Gateway/default/web'), 'Programmed')?.status;
  await eventually(() => assert.equal(programmed(), 'True'));
  const [envoy = 0] = envoysOf(process.pid);
  process.kill(envoy, 'SIGSTOP');
  try {
    await dragoman.write(
      'gateway.yaml',
      gateway(
        `[{ name: http, port: {port:http}, protocol: HTTP }, { name: more, port: {port:more}, protocol: HTTP }]`,
      ) + service('a'),
    );
    await eventually(() => assert.equal(programmed(), 'False'));
    await sleep(200);
    assert.equal(conditionOf(dragoman.status('Gateway/default/web'), 'Programmed')?.reason, 'Pending');
    const [http, more] = listenersOf(dragoman.status('Gateway/default/web'));
    assert.deepEqual([conditionOf(http, 'Programmed')?.status, conditionOf(more, 'Programmed')?.status], [
      'True',
      'False',
    ]);
  } finally {
    process.kill(envoy, 'SIGCONT');
  }
  await eventually(() => assert.equal(programmed(), 'True'));
  // Envoy accepts a listener just before its workers open it.
  await eventually(async () =>
    assert.equal((await send({ port: dragoman.port('more'), host: 'x' })).status, 200)
  );
});

test('ListenerSets add listeners where the Gateway lets them', async () => {
  const set = (name: string, listeners: string, namespace = 'default'): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  parentRef: { name: web, namespace: default }
  listeners: [${listeners}]
`;
  const allowing = (from: string): string =>
    gateway().replace('listeners:', `allowedListeners: { namespaces: { from: ${from} } }, listeners:`);
  const parent = (name: string, namespace = 'default'): string =>
    `{ group: gateway.networking.k8s.io, kind: ListenerSet, name: ${name}, namespace: ${namespace} }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': allowing('Same'),
      'sets.yaml': service('a') + service('b') +
        set(
          'first',
          '{ name: set, port: {port:set}, protocol: HTTP }, { name: host, port: {port:http}, protocol: HTTP, hostname: set.example.com }',
        ) +
        set(
          'second',
          '{ name: set, port: {port:set}, protocol: HTTP }, { name: fine, port: {port:fine}, protocol: HTTP }',
        ) +
        set('foreign', '{ name: set, port: {port:foreign}, protocol: HTTP }', 'elsewhere'),
      'routes.yaml': route('web', { parent: '{ name: web }' }) +
        route('first', { parent: parent('first'), backend: 'b' }) +
        route('second', { parent: parent('second'), backend: 'b' }),
    },
  });
  assert.equal((await send({ port: dragoman.port('http'), host: 'x' })).seen?.name, 'a');
  assert.equal((await send({ port: dragoman.port('http'), host: 'set.example.com' })).seen?.name, 'b');
  assert.equal((await send({ port: dragoman.port('set'), host: 'x' })).seen?.name, 'b');
  assert.equal((await send({ port: dragoman.port('fine'), host: 'x' })).seen?.name, 'b');
  await assert.rejects(send({ port: dragoman.port('foreign'), host: 'x' }), /ECONNREFUSED/);
  assert.deepEqual(attached(dragoman.status('ListenerSet/default/first')), { set: 1, host: 1 });
  const second = dragoman.status('ListenerSet/default/second');
  assert.deepEqual(attached(second), { set: 0, fine: 1 });
  const [conflicted] = listenersOf(second);
  assert.deepEqual(
    [conditionOf(conflicted, 'Conflicted')?.status, conditionOf(conflicted, 'Conflicted')?.reason],
    ['True', 'HostnameConflict'],
  );
  assert.equal(conditionOf(second, 'Accepted')?.reason, 'ListenersNotValid');
  assert.equal(
    conditionOf(dragoman.status('ListenerSet/elsewhere/foreign'), 'Accepted')?.reason,
    'NotAllowed',
  );
  assert.deepEqual(attached(dragoman.status('Gateway/default/web')), { http: 1 });
  const sets = (): unknown =>
    (dragoman.status('Gateway/default/web') as { attachedListenerSets: number }).attachedListenerSets;
  assert.equal(sets(), 2);

  await dragoman.write('gateway.yaml', allowing('All'));
  await eventually(async () =>
    assert.equal((await send({ port: dragoman.port('foreign'), host: 'x' })).status, 404)
  );
  assert.equal(sets(), 3);
  await dragoman.write('gateway.yaml', gateway());
  await eventually(async () =>
    await assert.rejects(send({ port: dragoman.port('set'), host: 'x' }), /ECONNREFUSED/)
  );
  assert.equal(sets(), 0);
  assert.equal((await send({ port: dragoman.port('http'), host: 'x' })).seen?.name, 'a');
});

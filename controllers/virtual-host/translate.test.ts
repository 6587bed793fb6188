import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listener, type RouteWorld, routeWorld } from '../http-route/testing/route-world.ts';

function route(name: string, spec: string): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec: ${spec}
`;
}

/** `domain: route(hostname) ...` of each virtual host. */
function hostsOf(world: RouteWorld): readonly string[] {
  return world.virtualHosts.values().map(({ domain, members }) =>
    [`${domain}:`, ...members.map(({ routes, hostname }) => `${routes.split('/')[2]}(${hostname})`)].join(' ')
  );
}

test('routes fall through from exact to wildcard hostnames of one listener', () => {
  const world = routeWorld(
    route('exact', '{ parentRefs: [{ name: eg }], hostnames: [a.example.com] }') +
      route('wild', '{ parentRefs: [{ name: eg }], hostnames: ["*.example.com"] }') +
      route('any', '{ parentRefs: [{ name: eg }] }'),
  );
  assert.deepEqual(hostsOf(world), [
    '*: any(*)',
    '*.example.com: wild(*.example.com) any(*)',
    'a.example.com: exact(a.example.com) wild(*.example.com) any(*)',
  ]);
});

test('of equal intersections the hostname of the route itself decides', () => {
  const world = routeWorld(
    route('a-wild', '{ parentRefs: [{ name: eg }], hostnames: ["*.example.com"] }') +
      route('b-exact', '{ parentRefs: [{ name: eg }], hostnames: [abc.example.com] }'),
    { listeners: [listener({ hostname: 'abc.example.com' })] },
  );
  assert.deepEqual(hostsOf(world), ['abc.example.com: b-exact(abc.example.com) a-wild(*.example.com)']);
});

test('a request belongs to the most specific listener alone', () => {
  const world = routeWorld(
    route('empty', '{ parentRefs: [{ name: eg, sectionName: empty }] }') +
      route(
        'wild',
        '{ parentRefs: [{ name: eg, sectionName: wild }], hostnames: [b.example.com, "*.example.com"] }',
      ),
    {
      listeners: [
        listener({ section: 'empty' }),
        listener({ section: 'wild', hostname: '*.example.com' }),
        listener({ section: 'exact', hostname: 'a.example.com' }),
      ],
    },
  );
  assert.deepEqual(hostsOf(world), [
    '*: empty(*)',
    '*.example.com: wild(*.example.com)',
    'a.example.com:',
    'b.example.com: wild(b.example.com)',
  ]);
});

test("a hostname of a route that a more specific listener owns has that listener's routes", () => {
  const world = routeWorld(
    route('broad', '{ parentRefs: [{ name: eg, sectionName: any }], hostnames: [a.example.com] }') +
      route('narrow', '{ parentRefs: [{ name: eg, sectionName: wild }] }'),
    { listeners: [listener({ section: 'any' }), listener({ section: 'wild', hostname: '*.example.com' })] },
  );
  assert.deepEqual(hostsOf(world), ['*:', '*.example.com: narrow(*)', 'a.example.com: narrow(*)']);
});

test("a virtual host says its listener's chain and port; ports do not share", () => {
  const world = routeWorld(route('web', '{ parentRefs: [{ name: eg }] }'), {
    listeners: [
      listener({
        section: 'https',
        port: 443,
        publicPort: 8443,
        protocol: 'HTTPS',
        chainId: 'default/eg/https',
      }),
      listener(),
    ],
  });
  assert.deepEqual(world.virtualHosts.values(), [
    {
      key: 'default/eg/443/*',
      routeConfig: 'default/eg/443',
      fleet: 'standalone',
      port: 8443,
      https: true,
      domain: '*',
      members: [{ routes: 'HTTPRoute/default/web', hostname: '*' }],
      chainId: 'default/eg/https',
    },
    {
      key: 'default/eg/80/*',
      routeConfig: 'default/eg/80',
      fleet: 'standalone',
      port: 80,
      domain: '*',
      members: [{ routes: 'HTTPRoute/default/web', hostname: '*' }],
    },
  ]);
});

test('listeners that are not accepted, or not HTTP, claim no hostname', () => {
  const world = routeWorld(route('web', '{ parentRefs: [{ name: eg }] }'), {
    listeners: [
      listener({ accepted: false }),
      listener({ section: 'tls', protocol: 'TLS', port: 443, kinds: [] }),
    ],
  });
  assert.deepEqual(hostsOf(world), []);
});

test('virtual hosts go with the routes and listeners that want them', () => {
  const world = routeWorld(route('web', '{ parentRefs: [{ name: eg }], hostnames: [a.example.com] }'));
  assert.deepEqual(hostsOf(world), ['*:', 'a.example.com: web(a.example.com)']);
  world.objects.HTTPRoute.delete('default/web');
  world.graph.commit();
  assert.deepEqual(hostsOf(world), ['*:']);
  world.listeners.delete('Gateway/default/eg/http');
  world.graph.commit();
  assert.deepEqual(hostsOf(world), []);
});

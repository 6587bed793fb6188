import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { bySpecificity, coveringHostnames, covers } from '../attachment/hostname.ts';
import { listener, type RouteWorld, routeWorld } from '../http-route/testing/route-world.ts';

const HOSTNAMES = ['*', '*.com', '*.a.com', '*.b.a.com', 'a.com', 'b.a.com', 'c.b.a.com', '*.org', 'x.org'];
const HOSTS = ['a.com', 'b.a.com', 'c.b.a.com', 'd.b.a.com', 'z.a.com', 'z.com', 'x.org', 'y.org', 'net'];

interface RouteSpec {
  readonly hostnames: readonly string[];
  /** Index of its one listener, or all of them. */
  readonly section: number | undefined;
}

const hostname = fc.constantFrom(...HOSTNAMES);
const scene = fc.record({
  listeners: fc.uniqueArray(hostname, { minLength: 1, maxLength: 4 }),
  routes: fc.array(
    fc.record({
      hostnames: fc.uniqueArray(fc.constantFrom(...HOSTNAMES.slice(1)), { maxLength: 3 }),
      section: fc.option(fc.nat(3), { nil: undefined }),
    }),
    { maxLength: 5 },
  ),
});

/** What the specification says for a request: the most specific listener's routes that take the host, in order. */
function expected(
  host: string,
  listeners: readonly string[],
  routes: readonly RouteSpec[],
): readonly string[] {
  const [owner] = listeners.filter((each) => covers(each, host)).sort(bySpecificity);
  if (owner === undefined) return [];
  const index = listeners.indexOf(owner);
  return routes.flatMap(({ hostnames, section }, route) => {
    if (section !== undefined && section !== index) return [];
    const own = hostnames.length === 0
      ? ['*']
      : hostnames.filter((each) => covers(each, host)).sort(bySpecificity);
    return own[0] === undefined ? [] : [{ route, own: own[0] }];
  }).sort((a, b) => bySpecificity(a.own, b.own) || a.route - b.route).map(({ route, own }) =>
    `r${route}(${own})`
  );
}

/** What Envoy does: the exact virtual host, or else the one with the longest wildcard. */
function served(host: string, world: RouteWorld): readonly string[] {
  for (const domain of coveringHostnames(host)) {
    const found = world.virtualHosts.get(`default/eg/80/${domain}`);
    if (found !== undefined) {
      return found.members.map(({ routes, hostname }) => `${routes.split('/')[2]}(${hostname})`);
    }
  }
  return [];
}

function manifest({ hostnames, section }: RouteSpec, index: number): string {
  const parentRef = section === undefined ? { name: 'eg' } : { name: 'eg', sectionName: `l${section}` };
  return JSON.stringify({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `r${index}` },
    spec: { parentRefs: [parentRef], hostnames },
  });
}

test('every host is served by the routes of its most specific listener, in order of their hostnames', () => {
  fc.assert(
    fc.property(scene, ({ listeners, routes }) => {
      const world = routeWorld(routes.map(manifest).join('\n---\n'), {
        listeners: listeners.map((each, index) =>
          listener({ section: `l${index}`, ...(each === '*' ? {} : { hostname: each }) })
        ),
      });
      for (const host of HOSTS) {
        assert.deepEqual(served(host, world), expected(host, listeners, routes), host);
      }
    }),
    { numRuns: 300 },
  );
});

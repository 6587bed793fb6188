import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  conditionsOf,
  httpRoute,
  KUBERNETES,
  listener,
  routesOf,
  routeWorld,
  service,
} from './testing/route-world.ts';

const ACCEPTED = 'Accepted=True/Accepted@7';
const RESOLVED = 'ResolvedRefs=True/ResolvedRefs@7';

test('an ordinary route becomes one route to one cluster', () => {
  const world = routeWorld(
    service('web', 80) + httpRoute(`
  - matches: [{ path: { value: /app/ }, method: GET, headers: [{ name: X-A, value: a }] }]
    backendRefs: [{ name: web, port: 80 }]
`),
  );
  assert.deepEqual(routesOf(world), [{
    name: 'http/default/web/r0',
    match: {
      path: { type: 'prefix', value: '/app' },
      method: 'GET',
      headers: [{ name: 'x-a', type: 'exact', value: 'a' }],
      queryParams: [],
    },
    rank: { pathType: 1, pathLength: 4, method: 1, headers: 1, queryParams: 0, rule: 0, match: 0 },
    action: {
      type: 'forward',
      backends: [{ cluster: 'default/web/80', weight: 1 }],
      mirrors: [],
      timeout: 0,
    },
  }]);
  assert.deepEqual(conditionsOf(world), [ACCEPTED, RESOLVED]);
  assert.equal(world.routeDiagnostics.size, 0);
  assert.deepEqual(world.clusters.values().map(({ key, protocol }) => `${key} ${protocol}`), [
    'default/web/80 http1',
  ]);
});

test('a reference that cannot be used is answered with 500 and reported', () => {
  const cases: readonly (readonly [ref: string, reason: string, field: string, message: RegExp])[] = [
    ['{ name: gone, port: 80 }', 'BackendNotFound', 'name', /^Service default\/gone does not exist\.$/],
    [
      '{ name: web, port: 81 }',
      'BackendNotFound',
      'port',
      /^Service default\/web has no port 81; it has 80, 8080\.$/,
    ],
    [
      '{ name: web, port: 80, namespace: other }',
      'RefNotPermitted',
      'namespace',
      /HTTPRoutes of namespace default/,
    ],
    ['{ kind: Pod, name: web, port: 80 }', 'InvalidKind', 'kind', /Kind Pod/],
    [
      '{ group: example.com, kind: Service, name: web, port: 80 }',
      'InvalidKind',
      'kind',
      /example\.com\/Service/,
    ],
    ['{ name: mail, port: 25 }', 'UnsupportedProtocol', 'port', /appProtocol smtp/],
    ['{ name: dns, port: 53 }', 'UnsupportedProtocol', 'port', /protocol UDP/],
    ['{ name: secure, port: 443 }', 'UnsupportedProtocol', 'port', /no BackendTLSPolicy/],
  ];
  const services = service('web', 'a=80', 'b=8080') + service('other/web', 80) + `
---
{ apiVersion: v1, kind: Service, metadata: { name: mail }, spec: { ports: [{ port: 25, appProtocol: smtp }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: dns }, spec: { ports: [{ port: 53, protocol: UDP }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: secure }, spec: { ports: [{ port: 443, appProtocol: https }] } }
`;
  for (const [ref, reason, field, message] of cases) {
    const world = routeWorld(services + httpRoute(`  - backendRefs: [${ref}]`));
    assert.deepEqual(routesOf(world).map(({ action }) => action), [{ type: 'respond', status: 500 }], ref);
    assert.deepEqual(conditionsOf(world), [ACCEPTED, `ResolvedRefs=False/${reason}@7`], ref);
    const [diagnostic] = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
    assert.equal(diagnostic?.code, reason);
    assert.equal(diagnostic?.field, `spec.rules[0].backendRefs[0].${field}`);
    assert.match(diagnostic?.message ?? '', message);
  }
});

test('a grant lets a route refer to a Service of another namespace, and says so at once', () => {
  const world = routeWorld(
    service('other/web', 80) + httpRoute('  - backendRefs: [{ name: web, namespace: other, port: 80 }]'),
  );
  assert.equal(conditionsOf(world)[1], 'ResolvedRefs=False/RefNotPermitted@7');
  world.apply(`
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: web, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }]
  to: [{ group: '', kind: Service }]
`);
  assert.equal(conditionsOf(world)[1], RESOLVED);
  assert.deepEqual(world.clusters.values().map(({ key }) => key), ['other/web/80']);
});

test('invalid backends take their share of requests with 500, zero weights none', () => {
  const world = routeWorld(
    service('a', 80) + service('b', 80) + httpRoute(`
  - backendRefs:
    - { name: a, port: 80, weight: 3 }
    - { name: gone, port: 80, weight: 1 }
    - { name: b, port: 80, weight: 0 }
  - backendRefs: [{ name: a, port: 80, weight: 0 }]
  - {}
`),
  );
  const actions = routesOf(world).map(({ action }) => action);
  assert.deepEqual(actions, [
    {
      type: 'forward',
      backends: [{ cluster: 'default/a/80', weight: 3 }, { weight: 1 }],
      mirrors: [],
      timeout: 0,
    },
    { type: 'respond', status: 500 },
    { type: 'respond', status: 500 },
  ]);
  assert.deepEqual(world.clusters.values().map(({ key }) => key), ['default/a/80']);
  const diagnostics = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ severity, code, field }) => `${severity} ${code} ${field}`), [
    'error BackendNotFound spec.rules[0].backendRefs[1].name',
    'warning NoBackends spec.rules[1].backendRefs',
    'warning NoBackends spec.rules[2].backendRefs',
  ]);
});

test('a rule that cannot be used breaks only itself', () => {
  const world = routeWorld(
    service('web', 80) + httpRoute(`
  - name: bad
    matches: [{ path: { value: /x } }, { path: { type: RegularExpression, value: '/(?=y)' } }]
    backendRefs: [{ name: web, port: 80 }]
  - backendRefs: [{ name: web, port: 80 }]
`),
  );
  const [bad, good] = routesOf(world);
  assert.deepEqual(bad?.action, { type: 'respond', status: 500 });
  assert.equal(bad?.name, 'http/default/web/bad');
  assert.equal(good?.action.type, 'forward');
  assert.equal(routesOf(world).length, 2);
  assert.deepEqual(conditionsOf(world), [ACCEPTED, RESOLVED, 'PartiallyInvalid=True/UnsupportedValue@7']);
  const partly = world.results.get('HTTPRoute/default/web')?.conditions[1];
  assert.match(partly?.message ?? '', /^Dropped Rule bad: The expression '\/\(\?=y\)' is no RE2 expression/);
  const [diagnostic] = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
  assert.equal(diagnostic?.field, 'spec.rules[0].matches[1].path.value');
});

test('a route without a rule that can be used is not accepted', () => {
  const world = routeWorld(
    service('web', 80) + httpRoute(`
  - matches: [{ headers: [{ name: a, type: RegularExpression, value: '[' }] }]
    backendRefs: [{ name: web, port: 80 }]
`),
  );
  assert.deepEqual(conditionsOf(world), ['Accepted=False/UnsupportedValue@7', RESOLVED]);
  assert.deepEqual(routesOf(world), []);
});

test('an unknown filter is not skipped', () => {
  const world = routeWorld(
    service('web', 80) + httpRoute(`
  - filters: [{ type: ExtensionRef, extensionRef: { group: example.com, kind: Filter, name: x } }]
    backendRefs: [{ name: web, port: 80 }]
  - backendRefs:
    - { name: web, port: 80 }
    - name: web
      port: 80
      filters: [{ type: ExtensionRef, extensionRef: { group: example.com, kind: Filter, name: x } }]
`),
  );
  assert.deepEqual(conditionsOf(world), [ACCEPTED, 'ResolvedRefs=False/InvalidKind@7']);
  const [first, second] = routesOf(world).map(({ action }) => action);
  assert.deepEqual(first, { type: 'respond', status: 500 });
  assert.deepEqual(second?.type === 'forward' && second.backends, [
    { cluster: 'default/web/80', weight: 1 },
    { weight: 1 },
  ]);
});

test('a route has a variant for each client certificate of its listeners', () => {
  const tls = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: web }
spec:
  targetRefs: [{ group: '', kind: Service, name: web }]
  validation: { hostname: web.example.com, wellKnownCACertificates: System }
`;
  const certificate = 'certificate/default/client';
  const world = routeWorld(
    service('web', 443) + tls + httpRoute('  - backendRefs: [{ name: web, port: 443 }]'),
    {
      listeners: [listener(), listener({ section: 'other', port: 81, clientCertificate: certificate })],
    },
  );
  const sets = world.results.get('HTTPRoute/default/web')?.sets ?? [];
  assert.deepEqual(sets.map(({ set }) => set.key), [
    'HTTPRoute/default/web',
    `HTTPRoute/default/web+${certificate}`,
  ]);
  assert.deepEqual(sets.map(({ clusters }) => clusters[0]?.tls?.clientCertificate), [undefined, certificate]);
  assert.equal(world.clusters.size, 2);
  assert.deepEqual(world.virtualHosts.get('default/eg/81/*')?.members, [
    { routes: `HTTPRoute/default/web+${certificate}`, hostname: '*' },
  ]);
});

test('only a route whose Service changed is translated to something else', () => {
  const world = routeWorld(
    service('a', 80) + service('b', 80) + httpRoute('  - backendRefs: [{ name: a, port: 80 }]', 'a') +
      httpRoute('  - backendRefs: [{ name: b, port: 80 }]', 'b'),
  );
  const before = world.results.get('HTTPRoute/default/a');
  world.apply(service('b', 81));
  assert.equal(world.results.get('HTTPRoute/default/a'), before);
  assert.equal(conditionsOf(world, 'b')[1], 'ResolvedRefs=False/BackendNotFound@7');
});

test('ExternalName Services are hostnames in standalone mode and refused in a cluster', () => {
  const text = `
---
{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: ExternalName, externalName: www.example.org } }
` + httpRoute('  - backendRefs: [{ name: web, port: 8080 }]');
  assert.deepEqual(routeWorld(text).clusters.values().map(({ discovery }) => discovery), [
    { type: 'hostname', hostname: 'www.example.org', port: 8080 },
  ]);
  const world = routeWorld(text, { settings: KUBERNETES });
  assert.deepEqual(routesOf(world).map(({ action }) => action), [{ type: 'respond', status: 500 }]);
  assert.equal(conditionsOf(world)[1], 'ResolvedRefs=False/UnsupportedValue@7');
});

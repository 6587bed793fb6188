import assert from 'node:assert/strict';
import { test } from 'node:test';

import { page } from '../lib/http/paging.ts';
import { legacySchema, type LegacyView } from '../lib/http/schemas.ts';
import { legacyViews } from './run-legacy-views.ts';
import { translate } from './testing/golden.ts';

function views(yaml: string): Map<string, LegacyView> {
  const listing = legacyViews(translate(yaml), (kind, key, field) => `${kind}/${key}${field ?? ''}`);
  const { items, total } = page(listing, { limit: 1000 });
  assert.equal(items.length, total);
  for (const item of items) assert.ok(legacySchema.safeParse(item).success);
  return new Map(items.map((item) => [`${item.kind}/${item.namespace}/${item.name}`, item]));
}

const world = `
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: http }
spec: { port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: all }
spec: { hostname: '*.example.org', requestPolicy: { insecure: { action: Route } } }
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: broken }
spec: { hostname: bad.example.net, tlsSecret: { name: missing } }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: tour }
spec: { hostname: a.example.org, prefix: /tour/, service: tour.example.net }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: tour-canary }
spec: { hostname: a.example.org, prefix: /tour/, service: canary.example.net, weight: 10 }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: tour-moved }
spec: { hostname: a.example.org, prefix: /tour/, service: moved.example.net, host_redirect: true }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: nowhere }
spec: { hostname: a.example.com, prefix: /, service: lost.example.net }
---
apiVersion: getambassador.io/v3alpha1
kind: TCPMapping
metadata: { name: redis }
spec: { port: 6379, service: redis.example.net:6379 }
---
apiVersion: getambassador.io/v3alpha1
kind: TCPMapping
metadata: { name: taken }
spec: { port: 8080, service: redis.example.net:6379 }
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  annotations:
    getambassador.io/config: |
      ---
      apiVersion: getambassador.io/v3alpha1
      kind: Mapping
      name: annotated
      hostname: '*'
      prefix: /annotated/
      service: shop.example.net
      ---
      apiVersion: getambassador.io/v3alpha1
      kind: Mapping
      name: broken
      prefix: 7
---
apiVersion: getambassador.io/v3alpha1
kind: Module
metadata: { name: ambassador }
spec: { config: {} }
`;

test('legacy resources are shown with what they became', () => {
  const shown = views(world);
  const became = (id: string): LegacyView['became'] | undefined => shown.get(id)?.became;
  assert.deepEqual(became('Mapping/default/tour'), {
    hostnames: ['a.example.org'],
    hostnameCount: 1,
    ports: [8080],
    routeSets: ['Mapping/default/tour', 'Mapping/default/tour+redirect'],
    clusters: shown.get('Mapping/default/tour-canary')?.became.clusters,
    users: [],
    userCount: 0,
  });
  assert.deepEqual(became('Mapping/default/tour')?.clusters.length, 2);
  assert.deepEqual(became('Mapping/default/annotated')?.hostnames, [
    '*.example.org',
    'a.example.org',
    'bad.example.net',
  ]);
  assert.deepEqual(became('Mapping/default/nowhere')?.hostnames, []);
  assert.deepEqual(became('Host/default/all'), {
    hostnames: ['*.example.org'],
    hostnameCount: 1,
    ports: [8080],
    routeSets: [],
    clusters: [],
    users: [],
    userCount: 0,
  });
  assert.deepEqual(became('Listener/default/http')?.ports, [8080]);
  assert.deepEqual(became('TCPMapping/default/redis')?.ports, [6379]);
  assert.equal(became('TCPMapping/default/redis')?.clusters.length, 1);
  assert.deepEqual(became('TCPMapping/default/taken')?.ports, []);
  assert.deepEqual(became('Module/default/ambassador')?.ports, [6379, 8080]);
});

test('they have the state and the conditions of their status', () => {
  const shown = views(world);
  const of = (id: string): unknown => {
    const { state, reason, conditions } = shown.get(id) ?? {};
    return [state, reason, conditions?.map(({ type, status }) => `${type}=${status}`)];
  };
  assert.deepEqual(of('Mapping/default/tour'), ['Running', undefined, ['Accepted=True']]);
  assert.deepEqual(of('Mapping/default/tour-moved'), [
    'Inactive',
    'Others of its group forward the same requests.',
    ['Accepted=False'],
  ]);
  assert.deepEqual(shown.get('Mapping/default/tour-moved')?.became?.routeSets, []);
  const [state, reason] = of('Host/default/broken') as string[];
  assert.equal(state, 'Error');
  assert.match(reason ?? '', /missing/);
});

test('they say where they came from', () => {
  const origin = (shown: Map<string, LegacyView>, id: string): readonly unknown[] => {
    const { origin, annotationOf, source } = shown.get(id) ?? {};
    return [origin, annotationOf, source];
  };
  const shown = views(world);
  assert.deepEqual(origin(shown, 'Mapping/default/tour'), ['manifest', undefined, 'Mapping/default/tour']);
  assert.deepEqual(origin(shown, 'Mapping/default/annotated'), [
    'annotation',
    'Service default/shop',
    'Mapping/default/annotated',
  ]);
  assert.deepEqual(origin(shown, 'Mapping/default/broken')[0], 'annotation');
  assert.match(shown.get('Mapping/default/broken')?.reason ?? '', /^prefix /);
  const old = views(`
apiVersion: getambassador.io/v2
kind: Mapping
metadata: { name: old }
spec: { prefix: /old/, service: old.example.net }
`);
  assert.deepEqual(origin(old, 'Listener/default/made-up:8080'), ['made up', undefined, undefined]);
  assert.deepEqual(old.get('Mapping/default/old')?.became?.hostnames, ['*']);
});

test('a port that a Gateway has became nothing of a Listener, and a shared one is open', () => {
  const beside = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: dragoman }
spec: { controllerName: dragoman.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  gatewayClassName: dragoman
  allowedListeners: { namespaces: { from: Same } }
  listeners: [{ name: http, port: 8080, protocol: HTTP }]
---
${world}`;
  const taken = views(beside);
  assert.deepEqual(taken.get('Listener/default/http')?.became?.ports, []);
  assert.deepEqual(taken.get('Host/default/all')?.became?.ports, []);
  assert.deepEqual(taken.get('Mapping/default/tour')?.became?.hostnames, []);
  const sharing = beside.replace(
    'metadata: { name: http }',
    "metadata: { name: http, annotations: { dragoman.dev/gateway: 'web' } }",
  );
  const shared = views(sharing);
  assert.deepEqual(shared.get('Listener/default/http')?.became?.ports, [8080]);
  assert.deepEqual(shared.get('Mapping/default/tour')?.became?.hostnames, ['a.example.org']);
  const shut = views(
    sharing.replace('port: 8080, protocol: HTTP }]', 'port: 8080, protocol: HTTP, hostname: b.example }]'),
  );
  assert.deepEqual(shut.get('Mapping/default/tour')?.became.hostnames, []);
  assert.deepEqual(shut.get('Host/default/all')?.became.ports, []);
});

test('settings of others are shown with who has them, and services with where they are asked', () => {
  const legacy = (kind: string, name: string, spec: string): string =>
    `---\napiVersion: getambassador.io/v3alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  const shown = views(
    world + [
      legacy('AuthService', 'auth', '{ auth_service: auth.example.net, tls: up }'),
      legacy('RateLimitService', 'limits', '{ service: limits.example.net, protocol_version: v3 }'),
      legacy('TracingService', 'spans', '{ service: spans.example.net, driver: zipkin }'),
      legacy('TracingService', 'unused', '{ service: spans.example.net, driver: zipkin }'),
      legacy('LogService', 'logs', '{ service: logs.example.net, driver: http, protocol_version: v3 }'),
      legacy('TLSContext', 'up', '{}'),
      legacy('KubernetesServiceResolver', 'plain', '{}'),
      legacy('KubernetesEndpointResolver', 'balanced', '{}'),
      legacy('ConsulResolver', 'consul', '{ address: "consul.example.net:8500", datacenter: dc1 }'),
      legacy('DevPortal', 'portal', '{ content: { url: "https://example.org/" } }'),
      legacy('Mapping', 'one', '{ hostname: "*", prefix: /one/, service: one, resolver: consul, tls: up }'),
      legacy('Mapping', 'two', '{ hostname: "*", prefix: /two/, service: two.example.net, resolver: plain }'),
      legacy('TCPMapping', 'three', '{ port: 9000, service: three.example.net, resolver: balanced }'),
    ].join('') + `---
apiVersion: v1
kind: Service
metadata:
  name: old
  annotations:
    getambassador.io/config: |
      ---
      { apiVersion: ambassador/v0, kind: CircuitBreaker, name: narrow, max_connections: 5 }
      ---
      { apiVersion: ambassador/v0, kind: OutlierDetection, name: strict }
      ---
      { apiVersion: ambassador/v0, kind: Mapping, name: four, prefix: /four/, service: four.example.net,
        circuit_breaker: narrow, outlier_detection: strict }
`,
  );
  for (
    const [id, clusters] of [
      ['AuthService/default/auth', 1],
      ['RateLimitService/default/limits', 1],
      ['TracingService/default/spans', 1],
      ['TracingService/default/unused', 0],
      ['LogService/default/logs', 1],
    ] as const
  ) {
    const { became } = shown.get(id) ?? {};
    assert.equal(became?.clusters.length, clusters, id);
    assert.deepEqual(became.ports, clusters === 0 ? [] : [8080], id);
  }
  const users = {
    'TLSContext/default/up': ['AuthService/default/auth', 'Mapping/default/one'],
    'KubernetesServiceResolver/default/plain': ['Mapping/default/two'],
    'KubernetesEndpointResolver/default/balanced': ['TCPMapping/default/three'],
    'ConsulResolver/default/consul': ['Mapping/default/one'],
    'CircuitBreaker/default/narrow': ['Mapping/default/four'],
    'OutlierDetection/default/strict': ['Mapping/default/four'],
    'DevPortal/default/portal': [],
  };
  for (const [id, expected] of Object.entries(users)) {
    assert.deepEqual(shown.get(id)?.became.users, expected, id);
  }
  assert.deepEqual(shown.get('DevPortal/default/portal')?.conditions, []);
});

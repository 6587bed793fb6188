import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PolicyStatus } from '../../lib/api/mod.ts';
import {
  conditionsOf,
  httpRoute,
  listener,
  routesOf,
  type RouteWorld,
  routeWorld,
  service,
} from '../http-route/testing/route-world.ts';
import { web } from '../secret/testing/fixtures.ts';

const ROUTE = httpRoute('  - backendRefs: [{ name: web, port: 443 }]');
const CA = JSON.stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ca' },
  data: { 'ca.crt': web.certificate },
});
const BY_CONFIG_MAP =
  "{ hostname: web.example.com, caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }] }";

interface Given {
  readonly section?: string;
  readonly created?: string;
  readonly validation?: string;
  readonly options?: string;
  readonly target?: string;
}

function policy(name: string, given: Given = {}): string {
  const { section, created = '2026-01-01T00:00:00Z', options = '{}', target = 'web' } = given;
  const { validation = '{ hostname: web.example.com, wellKnownCACertificates: System }' } = given;
  const sectionName = section === undefined ? '' : `, sectionName: ${section}`;
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, generation: 3, creationTimestamp: '${created}' }
spec:
  targetRefs: [{ group: '', kind: Service, name: ${target}${sectionName} }]
  validation: ${validation}
  options: ${options}
`;
}

/** `Gateway: type=status/reason@observedGeneration ...` of each ancestor. */
function ancestorsOf(world: RouteWorld, name: string): readonly string[] {
  const status = world.policyStatuses.get(`BackendTLSPolicy/default/${name}`)?.status as PolicyStatus;
  return status.ancestors.map(({ ancestorRef, conditions }) =>
    `${ancestorRef.namespace}/${ancestorRef.name}: ` +
    conditions.map(({ type, status, reason, observedGeneration }) =>
      `${type}=${status}/${reason}@${observedGeneration}`
    )
      .join(' ')
  );
}

const ACCEPTED = 'default/eg: Accepted=True/Accepted@3 ResolvedRefs=True/ResolvedRefs@3';

test('a policy gives the clusters of its Service TLS, and its Gateways a status', () => {
  const validation = `
    hostname: web.example.com
    caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }]
    subjectAltNames: [{ type: Hostname, hostname: a.example.com }, { type: URI, uri: 'spiffe://x/y' }]`;
  const options = '{ dragoman.dev/min-version: "1.2", example.com/other: x }';
  const world = routeWorld(`${CA}\n${service('web', 443)}${policy('tls', { validation, options })}${ROUTE}`);
  const [cluster] = world.clusters.values();
  assert.match(cluster?.key ?? '', /^default\/web\/443\/tls-[0-9a-f]{12}$/);
  assert.deepEqual(cluster?.tls, {
    sni: 'web.example.com',
    trust: { type: 'bundle', secret: 'trust/ConfigMap/default/ca' },
    subjectAltNames: [{ type: 'DNS', value: 'a.example.com' }, { type: 'URI', value: 'spiffe://x/y' }],
    minVersion: '1.2',
  });
  assert.deepEqual(world.results.get('HTTPRoute/default/web')?.sets[0]?.secrets.map(({ name }) => name), [
    'trust/ConfigMap/default/ca',
  ]);
  assert.deepEqual(ancestorsOf(world, 'tls'), [ACCEPTED]);
  assert.equal(world.policyDiagnostics.size, 0);
});

test('a Service whose policy is invalid is never spoken to in cleartext', () => {
  const refs = (...list: readonly string[]): string =>
    `{ hostname: web.example.com, caCertificateRefs: [${list.join(', ')}] }`;
  const cases: readonly (readonly [given: Given, accepted: string, resolved: string])[] = [
    [
      { validation: refs("{ group: '', kind: ConfigMap, name: gone }") },
      'NoValidCACertificate',
      'False/InvalidCACertificateRef',
    ],
    [
      { validation: refs("{ group: '', kind: ConfigMap, name: empty }") },
      'NoValidCACertificate',
      'False/InvalidCACertificateRef',
    ],
    [{ validation: refs("{ group: '', kind: Pod, name: ca }") }, 'NoValidCACertificate', 'False/InvalidKind'],
    [
      { validation: '{ hostname: a.b, wellKnownCACertificates: example.com/own }' },
      'Invalid',
      'True/ResolvedRefs',
    ],
    [{ options: '{ dragoman.dev/min-version: "2.0" }' }, 'Invalid', 'True/ResolvedRefs'],
  ];
  const empty = '\n---\n{ apiVersion: v1, kind: ConfigMap, metadata: { name: empty } }';
  for (const [given, accepted, resolved] of cases) {
    const world = routeWorld(`${CA}\n${empty}${service('web', 443)}${policy('tls', given)}${ROUTE}`);
    const name = JSON.stringify(given);
    assert.deepEqual(ancestorsOf(world, 'tls'), [
      `default/eg: Accepted=False/${accepted}@3 ResolvedRefs=${resolved}@3`,
    ], name);
    assert.deepEqual(routesOf(world).map(({ action }) => action), [{ type: 'respond', status: 500 }], name);
    assert.equal(conditionsOf(world)[1], 'ResolvedRefs=False/InvalidBackendTLSPolicy@7', name);
    assert.notEqual(world.policyDiagnostics.get('BackendTLSPolicy/default/tls'), undefined, name);
  }
});

test('with some valid references those are trusted, and the others reported', () => {
  const validation =
    "{ hostname: a.b, caCertificateRefs: [{ group: '', kind: ConfigMap, name: gone }, { group: '', kind: ConfigMap, name: ca }] }";
  const world = routeWorld(`${CA}\n${service('web', 443)}${policy('tls', { validation })}${ROUTE}`);
  assert.deepEqual(world.clusters.values()[0]?.tls?.trust, {
    type: 'bundle',
    secret: 'trust/ConfigMap/default/ca',
  });
  assert.deepEqual(ancestorsOf(world, 'tls'), [
    'default/eg: Accepted=True/Accepted@3 ResolvedRefs=False/InvalidCACertificateRef@3',
  ]);
});

test('of policies with one target the oldest wins, then the first by name', () => {
  const conflicted = 'default/eg: Accepted=False/Conflicted@3 ResolvedRefs=True/ResolvedRefs@3';
  const byAge = routeWorld(
    service('web', 443) + policy('a') + policy('b', { created: '2025-01-01T00:00:00Z' }) + ROUTE,
  );
  assert.deepEqual([ancestorsOf(byAge, 'a'), ancestorsOf(byAge, 'b')], [[conflicted], [ACCEPTED]]);
  const byName = routeWorld(service('web', 443) + policy('b') + policy('a') + ROUTE);
  assert.deepEqual([ancestorsOf(byName, 'a'), ancestorsOf(byName, 'b')], [[ACCEPTED], [conflicted]]);
});

test('a policy for a port precedes one for the Service, and both are accepted', () => {
  const whole = '{ hostname: whole.example.com, wellKnownCACertificates: System }';
  const world = routeWorld(
    service('web', 'a=443', 'b=8443') +
      policy('all', { validation: whole, created: '2020-01-01T00:00:00Z' }) +
      policy('one', { section: 'a' }) +
      httpRoute(`
  - backendRefs: [{ name: web, port: 443 }, { name: web, port: 8443 }]`),
  );
  assert.deepEqual(
    world.clusters.values().map(({ discovery, tls }) => ['port' in discovery ? discovery.port : 0, tls?.sni]),
    [
      [443, 'web.example.com'],
      [8443, 'whole.example.com'],
    ],
  );
  assert.deepEqual([ancestorsOf(world, 'all'), ancestorsOf(world, 'one')], [[ACCEPTED], [ACCEPTED]]);
});

test('a policy without a target says so', () => {
  const cases: readonly Given[] = [{ section: 'x' }, { target: 'gone' }];
  for (const given of cases) {
    const route = httpRoute(`  - backendRefs: [{ name: ${given.target ?? 'web'}, port: 443 }]`);
    const world = routeWorld(service('web', 443) + policy('tls', given) + route);
    assert.deepEqual(ancestorsOf(world, 'tls'), [
      'default/eg: Accepted=False/TargetNotFound@3 ResolvedRefs=True/ResolvedRefs@3',
    ]);
  }
});

test('ancestors are the Gateways of routes that use the Service, and go with them', () => {
  const other = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default', name: 'other' };
  const world = routeWorld(service('web', 443) + policy('tls'), {
    listeners: [listener(), listener({ parent: other, gateway: other, routeConfig: 'default/other/80' })],
  });
  assert.deepEqual(ancestorsOf(world, 'tls'), []);
  world.apply(ROUTE);
  assert.deepEqual(ancestorsOf(world, 'tls'), [ACCEPTED]);
  world.apply(ROUTE.replace('[{ name: eg }]', '[{ name: eg }, { name: other }]'));
  assert.deepEqual(ancestorsOf(world, 'tls'), [ACCEPTED, ACCEPTED.replace('eg:', 'other:')]);
  world.objects.HTTPRoute.delete('default/web');
  world.graph.commit();
  assert.deepEqual(ancestorsOf(world, 'tls'), []);
});

test('content of a CA bundle changes no cluster', () => {
  const world = routeWorld(
    `${CA}\n${service('web', 443)}${policy('tls', { validation: BY_CONFIG_MAP })}${ROUTE}`,
  );
  const changed: string[] = [];
  world.graph.subscribe(({ collections }) => changed.push(...collections));
  world.apply(JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ca' },
    data: { 'ca.crt': web.certificate + web.certificate },
  }));
  assert.deepEqual(changed, ['ConfigMap']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpRoute, KUBERNETES, type RouteWorld, routeWorld } from '../http-route/testing/route-world.ts';
import { parseEndpoints } from './endpoints-annotation.ts';

const ROUTE = httpRoute('  - backendRefs: [{ name: web, port: 80 }]');

function web(ports: string, annotation?: string): string {
  const annotations = annotation === undefined ? '{}' : `{ dragoman.dev/endpoints: '${annotation}' }`;
  return `
---
{ apiVersion: v1, kind: Service, metadata: { name: web, annotations: ${annotations} }, spec: { ports: ${ports} } }
`;
}

function slice(name: string, fields: string): string {
  return `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, labels: { kubernetes.io/service-name: web } }
${fields}
`;
}

function endpointsOf(world: RouteWorld): readonly string[] {
  return (world.endpoints.get('default/web/80')?.endpoints ?? []).map(({ address, port, zone, draining }) =>
    [`${address} ${port}`, ...(zone === undefined ? [] : [zone]), ...(draining === true ? ['draining'] : [])]
      .join(' ')
  );
}

test('endpoints are those of all slices that are ready, and those that terminate but serve', () => {
  const world = routeWorld(
    web('[{ name: http, port: 80, targetPort: 3000 }]') + ROUTE +
      slice(
        'v4',
        `
addressType: IPv4
ports: [{ name: http, port: 3000 }, { name: metrics, port: 9000 }]
endpoints:
- { addresses: [10.0.0.3], zone: b }
- { addresses: [10.0.0.2], zone: a, conditions: { ready: true } }
- { addresses: [10.0.0.4], conditions: { ready: false } }
- { addresses: [10.0.0.5], conditions: { ready: false, serving: true, terminating: true } }
- { addresses: [10.0.0.6], conditions: { ready: false, serving: false, terminating: true } }
- { addresses: [10.0.0.7], conditions: { ready: false, serving: true, terminating: true } }
`,
      ) +
      slice(
        'more',
        `
addressType: IPv4
ports: [{ name: http, port: 3000 }]
endpoints: [{ addresses: [10.0.0.2], zone: a }, { addresses: [10.0.0.7] }]
`,
      ) +
      slice(
        'v6',
        `
addressType: IPv6
ports: [{ name: http, port: 3000 }]
endpoints: [{ addresses: ['2001:db8::1'] }]
`,
      ),
  );
  assert.deepEqual(endpointsOf(world), [
    '10.0.0.5 3000 draining',
    '10.0.0.7 3000',
    '2001:db8::1 3000',
    '10.0.0.2 3000 a',
    '10.0.0.3 3000 b',
  ]);
});

test('a port of a slice is found by the name of the port of the Service', () => {
  const ports = 'ports: [{ port: 4000 }]\nendpoints: [{ addresses: [10.0.0.1] }]\naddressType: IPv4';
  assert.deepEqual(endpointsOf(routeWorld(web('[{ port: 80 }]') + ROUTE + slice('s', ports))), [
    '10.0.0.1 4000',
  ]);
  assert.deepEqual(
    endpointsOf(routeWorld(web('[{ name: http, port: 80 }]') + ROUTE + slice('s', ports))),
    [],
  );
});

test('one EndpointSlice changes its endpoints and nothing else', () => {
  const fields = (address: string): string =>
    slice('s', `addressType: IPv4\nports: [{ port: 4000 }]\nendpoints: [{ addresses: [${address}] }]`);
  const world = routeWorld(web('[{ port: 80 }]') + ROUTE + fields('10.0.0.1'));
  const changed: string[] = [];
  world.graph.subscribe(({ collections }) => changed.push(...collections));
  world.apply(fields('10.0.0.2'));
  assert.deepEqual(endpointsOf(world), ['10.0.0.2 4000']);
  assert.deepEqual(changed.filter((name) => !['EndpointSlice', 'slices', 'endpoints'].includes(name)), []);
});

test('the annotation names endpoints in standalone mode only', () => {
  const text = web(
    '[{ name: http, port: 80 }, { name: admin, port: 81 }]',
    'http=127.0.0.1:3001, 127.0.0.1:3000,admin=127.0.0.1:9',
  );
  assert.deepEqual(endpointsOf(routeWorld(text + ROUTE)), ['127.0.0.1 3000', '127.0.0.1 3001']);
  const cluster = routeWorld(text + ROUTE, { settings: KUBERNETES });
  assert.deepEqual(endpointsOf(cluster), []);
  const diagnostics = cluster.serviceDiagnostics.get('Service/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ severity, code }) => `${severity} ${code}`), ['warning Ignored']);
});

test('local addresses are left out in a cluster, with a diagnostic', () => {
  const world = routeWorld(
    web('[{ port: 80 }]') + ROUTE +
      slice(
        's',
        `
addressType: IPv4
ports: [{ port: 4000 }]
endpoints: [{ addresses: [127.0.0.1] }, { addresses: [169.254.169.254] }, { addresses: [10.0.0.1] }]
`,
      ),
    { settings: KUBERNETES },
  );
  assert.deepEqual(endpointsOf(world), ['10.0.0.1 4000']);
  const diagnostics = world.serviceDiagnostics.get('Service/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ code }) => code), ['LocalEndpoint', 'LocalEndpoint']);
});

test('a broken annotation is reported by entry, and the others count', () => {
  const world = routeWorld(web('[{ port: 80 }]', 'localhost:3000,127.0.0.1:3000,nope=127.0.0.1:1') + ROUTE);
  assert.deepEqual(endpointsOf(world), ['127.0.0.1 3000']);
  const diagnostics = world.serviceDiagnostics.get('Service/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ field, message }) => [field, message]), [
    ['metadata.annotations["dragoman.dev/endpoints"]', "'localhost:3000' has no IP address."],
    ['metadata.annotations["dragoman.dev/endpoints"]', 'The Service has no port named nope.'],
  ]);
});

test('parseEndpoints() reads addresses with ports, for all ports or one', () => {
  assert.deepEqual(parseEndpoints('10.0.0.1:80, [::1]:81,http=10.0.0.2:82,'), {
    endpoints: [
      { address: '10.0.0.1', port: 80 },
      { address: '::1', port: 81 },
      { portName: 'http', address: '10.0.0.2', port: 82 },
    ],
    problems: [],
  });
  for (
    const bad of [
      '10.0.0.1',
      '10.0.0.1:0',
      '10.0.0.1:65536',
      '::1:80',
      '[10.0.0.1]:80',
      'HTTP=10.0.0.1:80',
      '256.0.0.1:80',
    ]
  ) {
    assert.equal(parseEndpoints(bad).problems.length, 1, bad);
    assert.deepEqual(parseEndpoints(bad).endpoints, [], bad);
  }
});

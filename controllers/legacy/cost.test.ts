import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translate } from '../testing/golden.ts';
import type { Mapping } from '../../lib/api/legacy/mod.ts';
import type { HTTPRoute } from '../../lib/api/mod.ts';

const listener = `
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: http }
spec: { port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
`;

function hostAndMapping(index: number): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: h${index} }
spec: { hostname: h${index}.example }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: m${index} }
spec: { hostname: h${index}.example, prefix: /, service: web.example.org }
`;
}

test('one edited Mapping is one virtual host that is sent, whatever else there is', () => {
  const { graph, objects, resources, virtualHosts } = translate(
    listener + Array.from({ length: 50 }, (_, index) => hostAndMapping(index)).join(''),
  );
  assert.equal(virtualHosts.size, 50);
  const mapping = objects.Mapping.get('default/m7') as Mapping;
  objects.Mapping.set({ ...mapping, spec: { ...mapping.spec, timeoutMs: 1_000 } });
  const batch = graph.commit();
  assert.deepEqual(batch.changes(resources).map(({ key }) => key), [
    'VirtualHost|Listener/default/http/8080/h7.example',
  ]);
  assert.deepEqual(batch.changes(virtualHosts), []);
});

test('one edited AuthService is one resource for each table of routes, however many Mappings there are', () => {
  const auth = `
---
apiVersion: getambassador.io/v3alpha1
kind: AuthService
metadata: { name: auth }
spec: { auth_service: auth.example.org }
`;
  const { graph, objects, resources } = translate(
    listener + auth + Array.from({ length: 50 }, (_, index) => hostAndMapping(index)).join(''),
  );
  const service = objects.AuthService.get('default/auth');
  assert.ok(service !== undefined);
  objects.AuthService.set({ ...service, spec: { ...service.spec, timeoutMs: 1_000 } });
  assert.deepEqual(graph.commit().changes(resources).map(({ key }) => key), [
    'RouteConfiguration|Listener/default/http/8080',
  ]);
});

const HOSTS = 100;
const ROUTES = 2_000;
const EDITS = 400;

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: dragoman }
spec: { controllerName: dragoman.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: dragoman, listeners: [{ name: http, port: 8080, protocol: HTTP }] }
`;

const backend = `
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
`;

function mapping(index: number): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: m${index} }
spec: { hostname: h${index % HOSTS}.example, prefix: /p${index}/, service: web, rewrite: "" }
`;
}

function host(index: number): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: h${index} }
spec: { hostname: h${index}.example, requestPolicy: { insecure: { action: Route } } }
`;
}

function httpRoute(index: number): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: m${index} }
spec:
  parentRefs: [{ name: web }]
  hostnames: [h${index % HOSTS}.example]
  rules: [{ matches: [{ path: { value: /p${index} } }], backendRefs: [{ name: web, port: 80 }] }]
`;
}

/**
 * The time of one commit (ms, the least of many edits, since whatever else the machine does only adds to it), and the greatest
 * number of resources that one of them sends.
 */
function costOf(
  { graph, resources }: ReturnType<typeof translate>,
  edit: (index: number) => void,
): { readonly ms: number; readonly sent: number } {
  const times: number[] = [];
  let sent = 0;
  for (let index = 0; index < EDITS; index++) {
    edit(index * (ROUTES / EDITS));
    const started = performance.now();
    const batch = graph.commit();
    times.push(performance.now() - started);
    sent = Math.max(sent, batch.changes(resources).length);
  }
  return { ms: Math.min(...times), sent };
}

test(`among ${ROUTES} Mappings of ${HOSTS} Hosts an edit costs what one of an HTTPRoute costs`, (t) => {
  const all = <T>(length: number, of: (index: number) => T): T[] =>
    Array.from({ length }, (_, index) => of(index));
  const mappings = translate(listener + backend + all(HOSTS, host).join('') + all(ROUTES, mapping).join(''));
  const routes = translate(gateway + backend + all(ROUTES, httpRoute).join(''));
  assert.equal(mappings.virtualHosts.size, HOSTS);
  const legacy = costOf(mappings, (index) => {
    const object = mappings.objects.Mapping.get(`default/m${index}`) as Mapping;
    mappings.objects.Mapping.set({ ...object, spec: { ...object.spec, timeoutMs: 1_000 + index } });
  });
  const usual = costOf(routes, (index) => {
    const object = routes.objects.HTTPRoute.get(`default/m${index}`) as HTTPRoute;
    const rules = object.spec.rules.map((rule) => ({ ...rule, timeouts: { request: `${1_000 + index}ms` } }));
    routes.objects.HTTPRoute.set({ ...object, spec: { ...object.spec, rules } });
  });
  t.diagnostic(`an edited Mapping: ${legacy.ms.toFixed(2)} ms, ${legacy.sent} resource sent`);
  t.diagnostic(`an edited HTTPRoute: ${usual.ms.toFixed(2)} ms, ${usual.sent} resource sent`);
  assert.deepEqual([legacy.sent, usual.sent], [1, 1]);
  assert.ok(legacy.ms < 2 * usual.ms, `${legacy.ms} ms against ${usual.ms} ms`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { BackendStatus } from '../../lib/api/mod.ts';
import { objectsIn } from '../testing/golden.ts';
import { createDataflow, type Dataflow } from '../graph.ts';
import { standalone } from '../gateway/testing/world.ts';
import { inputOf } from '../inputs.ts';
import type { Settings } from '../settings.ts';

const kubernetes: Settings = {
  ...standalone,
  mode: 'kubernetes',
  kubernetes: {
    namespace: 'dragoman-system',
    envoyImage: 'envoy:test',
    bind: '0.0.0.0',
    xds: { host: '10.96.0.17', port: 18_000 },
    drainKey: 'key',
  },
};

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: dragoman }
spec: { controllerName: dragoman.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: dragoman, listeners: [{ name: http, protocol: HTTP, port: 80 }] }
`;

const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web }
spec:
  parentRefs: [{ name: web }]
  rules: [{ backendRefs: [{ group: gateway.networking.x-k8s.io, kind: XBackend, name: pods }] }]
`;

function xBackend(
  { uid = 'u1', selector = 'app: web', more = '' }: {
    readonly uid?: string;
    readonly selector?: string;
    readonly more?: string;
  } = {},
): string {
  return `
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: { name: pods, uid: ${uid} }
spec: { type: EndpointSelector, endpointSelector: { matchLabels: { ${selector} } }, port: { number: 80 }${more} }
`;
}

function start(...manifests: readonly string[]): Dataflow {
  const dataflow = createDataflow(kubernetes, {
    onFault: ({ error, reason }) => {
      throw error ?? new Error(reason);
    },
  });
  apply(dataflow, GATEWAY, ...manifests);
  return dataflow;
}

function apply({ objects, graph }: Dataflow, ...manifests: readonly string[]): void {
  for (const object of manifests.flatMap(objectsIn)) inputOf(objects, object.kind)?.set(object);
  graph.commit();
}

const KEY = 'XBackend/default/pods';

function serviceOf({ infraPlans }: Dataflow): string | undefined {
  return infraPlans.get(KEY)?.objects[0]?.key;
}

test('selectorPlan() makes a Service while a route leads to the XBackend', () => {
  const dataflow = start(xBackend());
  assert.equal(dataflow.infraPlans.get(KEY), undefined);
  apply(dataflow, ROUTE);
  assert.match(serviceOf(dataflow) ?? '', /^Service\/default\/backend-[0-9a-f]{20}$/);
  dataflow.objects.HTTPRoute.delete('default/web');
  dataflow.graph.commit();
  assert.equal(dataflow.infraPlans.get(KEY), undefined);
});

test('selectorPlan() makes none for a route that is attached to no Gateway of ours', () => {
  const dataflow = start(
    xBackend(),
    ROUTE.replace('parentRefs: [{ name: web }]', 'parentRefs: [{ name: other }]'),
  );
  assert.equal(dataflow.infraPlans.get(KEY), undefined);
});

test('selectorPlan() names the Service by the uid alone', () => {
  const dataflow = start(xBackend(), ROUTE);
  const name = serviceOf(dataflow);
  assert.equal(serviceOf(start(ROUTE, xBackend())), name, 'another replica');
  apply(dataflow, xBackend({ selector: 'app: other' }));
  assert.equal(serviceOf(dataflow), name, 'an edit');
  apply(dataflow, xBackend({ uid: 'u2' }));
  assert.notEqual(serviceOf(dataflow), name, 'another XBackend of the same name');
  assert.equal(dataflow.infraPlans.get(KEY)?.objects.length, 1);
});

test('selectorPlan() keeps the Service of an XBackend that has become invalid, or is going', () => {
  const dataflow = start(xBackend(), ROUTE);
  const tls =
    ', tls: { mode: ServerOnly, validation: { hostname: a.b, caCertificateRefs: [{ group: "", kind: ConfigMap, name: gone }] } }';
  apply(dataflow, xBackend({ more: tls }));
  assert.equal(dataflow.infraPlans.get(KEY)?.kept, true);
  apply(dataflow, xBackend().replace('uid: u1', "uid: u1, deletionTimestamp: '2027-01-01T00:00:00Z'"));
  assert.equal(dataflow.infraPlans.get(KEY)?.kept, true);
  dataflow.objects.XBackend.delete('default/pods');
  dataflow.graph.commit();
  assert.equal(dataflow.infraPlans.get(KEY), undefined);
});

test('the status of an XBackend says what keeps its Service from being made', () => {
  const dataflow = start(xBackend(), ROUTE);
  const accepted = (): unknown => {
    const { ancestors = [] } = (dataflow.statuses.get(KEY)?.status ?? {}) as BackendStatus;
    return ancestors[0]?.conditions?.[0];
  };
  const fault = { key: KEY, reason: 'NoResources', message: 'exceeded quota: services' } as const;
  dataflow.feedback.infraFaults.set(fault);
  dataflow.graph.commit();
  const { reason, message } = fault;
  assert.partialDeepStrictEqual(accepted(), { type: 'Accepted', status: 'False', reason, message });
  dataflow.feedback.infraFaults.delete(KEY);
  dataflow.graph.commit();
  assert.partialDeepStrictEqual(accepted(), { status: 'True', reason: 'Accepted' });
});

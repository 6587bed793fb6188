import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PolicyStatus } from '../../lib/api/mod.ts';
import type { Tracing } from '../../lib/model/mod.ts';
import type { Dataflow } from '../graph.ts';
import { objectsIn, translate } from '../testing/golden.ts';

const GATEWAY = '# with: gateway, services\n';
const PROVIDER = 'provider: { backendRef: { name: a, port: 80 } }';

function policy(tracing: string, { name = 'p', target = 'gateway', created = '2027-01-01' } = {}): string {
  return `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XTelemetryPolicy
metadata: { name: ${name}, creationTimestamp: '${created}T00:00:00Z' }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: ${target} }]
  tracing: ${tracing}
`;
}

/** What the listeners of Gateway `gateway` are told. */
function tracingOf({ gateways }: Dataflow): Tracing | undefined {
  const [chain] = gateways.get('default/gateway')?.listeners[0]?.chains ?? [];
  assert.ok(chain?.handler.type === 'http');
  return chain.handler.tracing;
}

function traced(tracing: string): Tracing | undefined {
  return tracingOf(translate(GATEWAY + policy(tracing)));
}

function standingOf({ statuses }: Dataflow, name: string): readonly string[] {
  const { ancestors } = (statuses.get(`XTelemetryPolicy/default/${name}`)?.status ?? {
    ancestors: [],
  }) as PolicyStatus;
  return ancestors.flatMap(({ ancestorRef, conditions }) =>
    conditions.map(({ type, status, reason }) => `${ancestorRef.name} ${type} ${status} ${reason}`)
  );
}

test('translateTelemetryPolicy() traces all requests, and those of sampled parents, unless told', () => {
  assert.deepEqual(traced(`{ mode: Enabled, ${PROVIDER} }`), {
    cluster: 'default/a/80/http2',
    authority: 'a.default.svc',
    headers: [],
    sampling: 1_000_000,
    followsParent: true,
    tags: [],
  });
});

test('translateTelemetryPolicy() traces nothing unless tracing is enabled', () => {
  assert.equal(traced('{ mode: Disabled }'), undefined);
  assert.equal(traced('{}'), undefined);
});

test('translateTelemetryPolicy() takes shares of any denominator', () => {
  const sampling = (rate: string) =>
    traced(`{ mode: Enabled, ${PROVIDER}, samplingRate: ${rate} }`)?.sampling;
  assert.equal(sampling('{ numerator: 1 }'), 10_000);
  assert.equal(sampling('{ numerator: 1, denominator: 3 }'), 333_333);
  assert.equal(sampling('{ numerator: 0 }'), 0);
});

test('translateTelemetryPolicy() follows no parent if told so', () => {
  const parent = 'parentBasedSampling: { mode: Disabled }';
  assert.equal(traced(`{ mode: Enabled, ${PROVIDER}, ${parent} }`)?.followsParent, false);
});

test('translateTelemetryPolicy() makes tags of headers and literals, and warns of what it leaves out', () => {
  const attributes = `attributes: [
    { name: tenant, sourceType: Header, headerName: X-Tenant },
    { name: stage, sourceType: Literal, literalValue: test },
    { name: method, sourceType: Attribute, attributeKey: http.method }]`;
  const dataflow = translate(GATEWAY + policy(`{ mode: Enabled, ${PROVIDER}, ${attributes} }`));
  assert.deepEqual(tracingOf(dataflow)?.tags, [
    { name: 'tenant', type: 'header', value: 'x-tenant' },
    { name: 'stage', type: 'literal', value: 'test' },
  ]);
  assert.deepEqual(
    dataflow.diagnostics.get('XTelemetryPolicy/default/p')?.diagnostics.map(({ field }) => field),
    ['spec.tracing.attributes[2].attributeKey'],
  );
});

test('a collector that cannot be had is told, and nothing is traced', () => {
  const dataflow = translate(
    GATEWAY + policy('{ mode: Enabled, provider: { backendRef: { name: gone, port: 1 } } }'),
  );
  assert.equal(tracingOf(dataflow), undefined);
  assert.deepEqual(standingOf(dataflow, 'p'), [
    'gateway Accepted True Accepted',
    'gateway ResolvedRefs False BackendNotFound',
  ]);
});

test('of several policies the oldest has effect, then the first by name, also if it traces nothing', () => {
  const enabled = `{ mode: Enabled, ${PROVIDER} }`;
  const dataflow = translate(
    GATEWAY + policy(enabled, { name: 'b' }) + policy('{ mode: Disabled }', { name: 'a' }) +
      policy(`{ mode: Enabled, ${PROVIDER}, serviceName: oldest }`, { name: 'z', created: '2026-01-01' }),
  );
  assert.equal(tracingOf(dataflow)?.serviceName, 'oldest');
  assert.deepEqual(standingOf(dataflow, 'a').slice(0, 1), ['gateway Accepted False Conflicted']);
  dataflow.objects.XTelemetryPolicy.delete('default/z');
  dataflow.graph.commit();
  assert.equal(tracingOf(dataflow), undefined);
  dataflow.objects.XTelemetryPolicy.delete('default/a');
  dataflow.graph.commit();
  assert.deepEqual(standingOf(dataflow, 'b').slice(0, 1), ['gateway Accepted True Accepted']);
  assert.notEqual(tracingOf(dataflow), undefined);
});

test('a policy for Gateways that are not ours says nothing of them', () => {
  const dataflow = translate(GATEWAY + policy(`{ mode: Enabled, ${PROVIDER} }`, { target: 'unknown' }));
  assert.deepEqual(standingOf(dataflow, 'p'), []);
});

test('an edit of a policy wakes no route', () => {
  const dataflow = translate(GATEWAY + policy(`{ mode: Enabled, ${PROVIDER} }`));
  for (const object of objectsIn(policy(`{ mode: Enabled, ${PROVIDER}, serviceName: shop }`))) {
    assert.ok(object.kind === 'XTelemetryPolicy');
    dataflow.objects.XTelemetryPolicy.set(object);
  }
  const { collections } = dataflow.graph.commit();
  assert.ok(collections.includes('xdsListeners'));
  for (const name of ['httpAttachments', 'httpRoutes', 'virtualHosts', 'routeSets']) {
    assert.ok(!collections.includes(name), name);
  }
});

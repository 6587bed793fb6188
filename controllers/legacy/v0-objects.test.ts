import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotated } from '../../lib/api/legacy/testing/decoded.ts';
import { inputOf } from '../inputs.ts';
import { translate } from '../testing/golden.ts';

const objects = `
apiVersion: ambassador/v0
kind: CircuitBreaker
name: narrow
max_connections: 5
max_pending: 6
---
apiVersion: ambassador/v0
kind: OutlierDetection
name: strict
consecutive_5xx: 2
max_ejection: 50
---
apiVersion: ambassador/v0
kind: Mapping
name: tour
prefix: /tour/
service: tour.example.net
circuit_breaker: narrow
outlier_detection: strict
---
apiVersion: ambassador/v0
kind: Mapping
name: lost
prefix: /lost/
service: lost.example.net
circuit_breaker: nothing
envoy_override: { priority: HIGH }
outlier_detection: nothing
`;

const listening = `
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: http }
spec: { port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: all }
spec: { hostname: '*' }
`;

test('Mappings of v0 have the limits and the outlier detection that they name', () => {
  const dataflow = translate(listening);
  for (const object of annotated(objects).objects) inputOf(dataflow.objects, object.kind)?.set(object);
  dataflow.graph.commit();
  const settings = dataflow.clusters.values().map(({ backend, settings }) => [
    backend.name,
    settings?.limits,
    settings?.outliers,
  ]);
  assert.deepEqual(settings, [
    ['lost.example.net', undefined, undefined],
    [
      'tour.example.net',
      [{ priority: 'default', connections: 5, pendingRequests: 6, requests: 1024, retries: 3 }],
      { consecutive5xx: 2, maxEjectionPercent: 50, interval: 3000 },
    ],
  ]);
  const told = dataflow.diagnostics.get('Mapping/shop/lost')?.diagnostics ?? [];
  assert.deepEqual(
    told.map(({ field }) => field).filter((field) => field !== 'spec.hostname').sort(),
    ['spec.circuit_breaker', 'spec.envoy_override', 'spec.outlier_detection'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionLines } from './conditions.ts';
import type { KubeObject } from './recorder.ts';

const condition = (type: string, observedGeneration = 2) => ({
  type,
  status: 'False',
  reason: 'BackendNotFound',
  message: 'no Service b',
  observedGeneration,
});

function object(kind: string, status?: unknown): KubeObject {
  const metadata = { name: 'a', namespace: 'infra', uid: '1', resourceVersion: '1', generation: 2 };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata, status };
}

test("a route's conditions are told by parent and controller", () => {
  const parentRef = { namespace: 'infra', name: 'gw', sectionName: 'http' };
  const parents = [{
    parentRef,
    controllerName: 'dragoman.dev/gateway-controller',
    conditions: [condition('ResolvedRefs')],
  }];
  assert.deepEqual(conditionLines(object('HTTPRoute', { parents })), [
    'HTTPRoute infra/a, generation 2',
    '  Gateway infra/gw section http by dragoman.dev/gateway-controller: ResolvedRefs=False BackendNotFound "no Service b"',
  ]);
});

test("a Gateway's are told with its addresses and listeners", () => {
  const status = {
    addresses: [{ value: '10.200.0.1' }],
    conditions: [condition('Programmed')],
    listeners: [{ name: 'http', attachedRoutes: 3, conditions: [] }],
  };
  assert.deepEqual(conditionLines(object('Gateway', status)), [
    'Gateway infra/a, generation 2',
    '  addresses: 10.200.0.1',
    '  Programmed=False BackendNotFound "no Service b"',
    '  listener http, 3 routes: no conditions',
  ]);
});

test('a condition of another generation is told as such, and so is its absence', () => {
  assert.deepEqual(
    conditionLines(object('GatewayClass', { conditions: [condition('Accepted', 1)] })).slice(1),
    [
      '  Accepted=False BackendNotFound "no Service b", of generation 1',
    ],
  );
  assert.deepEqual(conditionLines(object('GatewayClass')).slice(1), ['  no conditions']);
});

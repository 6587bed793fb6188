import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createGraph } from '../lib/graph/mod.ts';
import { ApiError } from '../lib/kube/mod.ts';
import type { InfraObject } from './infra/manifest.ts';
import { InfraFaults } from './run-faults.ts';

const service = 'Service/shop/web-dragoman';
const deployment = 'Deployment/shop/web-dragoman';

function faultsOf(): InfraFaults {
  const graph = createGraph();
  const infra = graph.input<InfraObject>('infra');
  for (const key of [service, deployment]) {
    const [kind = '', namespace = '', name = ''] = key.split('/');
    infra.set({
      key,
      owner: 'Gateway/shop/web',
      manifest: { apiVersion: 'v1', kind, metadata: { namespace, name, labels: {} } },
    });
  }
  graph.commit();
  return new InfraFaults(infra);
}

function failed(object: string, status: number, message = 'no') {
  return { event: 'failed', object, error: new ApiError({ status, reason: 'R', message }) } as const;
}

test('an object that was not made for the Gateway is its fault, until it is gone', () => {
  const faults = faultsOf();
  assert.equal(faults.event({ event: 'foreign', object: service }), 'Gateway/shop/web');
  assert.equal(faults.event({ event: 'foreign', object: service }), undefined);
  assert.deepEqual(faults.of('Gateway/shop/web'), {
    key: 'Gateway/shop/web',
    reason: 'Invalid',
    message: `${service} exists and was not made for it, so it is left as it is.`,
  });
  assert.equal(faults.event({ event: 'applied', object: service }), 'Gateway/shop/web');
  assert.equal(faults.of('Gateway/shop/web'), undefined);
  faults.event({ event: 'foreign', object: service });
  assert.equal(faults.event({ event: 'settled', object: service }), 'Gateway/shop/web');
  assert.equal(faults.of('Gateway/shop/web'), undefined);
});

test('what the API server refuses is a fault, and what will pass is none', () => {
  const faults = faultsOf();
  for (const status of [0, 409, 429, 503]) assert.equal(faults.event(failed(service, status)), undefined);
  assert.equal(faults.event({ event: 'failed', object: service, error: new Error('a bug') }), undefined);
  faults.event(failed(deployment, 403, 'exceeded quota: pods'));
  assert.equal(faults.of('Gateway/shop/web')?.reason, 'NoResources');
  faults.event(failed(service, 422, 'spec.ports: wrong'));
  const { reason, message = '' } = faults.of('Gateway/shop/web') ?? {};
  assert.equal(reason, 'Invalid');
  assert.match(message, /exceeded quota: pods.*spec\.ports: wrong/);
});

test('a fault of an object that is not wanted any more is none', () => {
  const faults = faultsOf();
  faults.event(failed(deployment, 422));
  assert.equal(faults.planned('Gateway/shop/web', [{ key: deployment }]), false);
  assert.equal(faults.planned('Gateway/shop/web', [{ key: service }]), true);
  assert.equal(faults.of('Gateway/shop/web'), undefined);
});

test('objects of nobody are nobody’s fault', () => {
  assert.equal(faultsOf().event(failed('Service/shop/other', 422)), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Manifest } from './apply.ts';
import { controllerOf, mayApply, mayDelete, ownerOf } from './ownership.ts';
import type { OwnerReference } from './resource.ts';

const group = 'gateway.networking.k8s.io/v1';
const ofGateway: OwnerReference = {
  apiVersion: group,
  kind: 'Gateway',
  name: 'legacy',
  uid: 'gateway',
  controller: true,
};
const ofClass: OwnerReference = { ...ofGateway, kind: 'GatewayClass', name: 'dragoman', uid: 'class' };

function object(owner: OwnerReference, gateway = 'legacy'): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'infra',
      name: 'a',
      labels: {
        'app.kubernetes.io/managed-by': 'dragoman',
        'gateway.networking.k8s.io/gateway-name': gateway,
      },
      ownerReferences: [owner],
    },
  };
}

test('what a class owns is of the Gateway that its label names', () => {
  assert.equal(ownerOf(object(ofClass)), 'Gateway/infra/legacy');
  assert.equal(ownerOf(object(ofGateway, 'another')), 'Gateway/infra/legacy');
  const { metadata, ...rest } = object(ofClass);
  assert.equal(ownerOf({ ...rest, metadata: { ...metadata, labels: {} } }), undefined);
});

test('a Gateway that is created takes over what was made for one of its name, and the other way round', () => {
  const live = (owner: OwnerReference, gateway?: string): Parameters<typeof mayDelete>[0] => {
    const { metadata, ...rest } = object(owner, gateway);
    const { labels = {}, ownerReferences = [] } = metadata;
    return { ...rest, metadata: { namespace: 'infra', name: 'a', labels, ownerReferences } };
  };
  assert.equal(mayApply(object(ofGateway), live(ofClass)), true);
  assert.equal(mayApply(object(ofClass), live(ofGateway)), true);
  assert.equal(mayApply(object(ofClass), live(ofClass)), true);
  assert.equal(mayApply(object(ofClass), live(ofClass, 'another')), false);
  assert.equal(mayDelete(live(ofClass), live(ofClass)), true);
  assert.equal(mayDelete(live(ofGateway), live(ofClass)), false);
});

test('controllerOf() finds the owner that an object was made for', () => {
  const owner = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    name: 'web',
    uid: 'a',
    controller: true,
  };
  const of = (ownerReferences?: readonly (typeof owner)[]): string | undefined =>
    controllerOf({ ownerReferences })?.uid;
  assert.equal(of([owner]), 'a');
  assert.equal(of([{ ...owner, apiVersion: 'gateway.networking.k8s.io/v1beta1' }]), 'a');
  assert.equal(of([{ ...owner, apiVersion: 'networking.istio.io/v1' }]), undefined);
  assert.equal(of([{ ...owner, kind: 'ListenerSet' }]), undefined);
  assert.equal(of([{ ...owner, controller: false }]), undefined);
  assert.equal(of(), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RawObject, Update } from '../lib/kube/mod.ts';
import { gatewayOf, http } from './gateway/testing/world.ts';
import { createDataflow } from './graph.ts';
import { fill } from './run-fill.ts';
import { fillPlatform } from './run-platform.ts';

const KEY = 'Service/infra/web-dragoman';

/** A cluster with Gateway `infra/web` and its Service, and the addresses that the graph hears of. */
function cluster(): {
  readonly step: (changes: Update['changes'], service?: RawObject | null) => readonly string[];
} {
  const dataflow = createDataflow({
    mode: 'kubernetes',
    bind: '0.0.0.0',
    privilegedPortShift: 0,
    allowLocalBackends: false,
  });
  const live = new Map<string, RawObject>();
  return {
    step(changes, service) {
      if (service === null) live.delete(KEY);
      else if (service !== undefined) live.set(KEY, service);
      const infrastructure = service === undefined ? [] : [{ key: KEY, object: service ?? undefined }];
      const update = { changes, unreadable: [], infrastructure, since: 0 };
      fill(dataflow, update);
      fillPlatform(dataflow, live, update);
      dataflow.graph.commit();
      return dataflow.feedback.addresses.values().flatMap(({ addresses }) =>
        addresses.map(({ value }) => value)
      );
    },
  };
}

function made(uid: string): Update['changes'] {
  return [{ set: gatewayOf('web', { listeners: [http] }, { uid }) }];
}

const gone: Update['changes'] = [{ delete: { kind: 'Gateway', key: 'infra/web' } }];

function serviceOf(uid: string, ip: string): RawObject {
  const owner = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'web' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web-dragoman',
      namespace: 'infra',
      uid: `service of ${uid}`,
      resourceVersion: '1',
      ownerReferences: [{ ...owner, uid, controller: true }],
    },
    spec: { type: 'ClusterIP', clusterIPs: [ip] },
  };
}

test("a Gateway's addresses are its Service's, whichever is seen first", () => {
  const service = serviceOf('1', '10.96.0.1');
  const first = cluster();
  assert.deepEqual(first.step(made('1')), []);
  assert.deepEqual(first.step([], service), ['10.96.0.1']);
  assert.deepEqual(first.step([], serviceOf('1', '10.96.0.2')), ['10.96.0.2']);
  assert.deepEqual(first.step([], null), []);
  const second = cluster();
  assert.deepEqual(second.step([], service), []);
  assert.deepEqual(second.step(made('1')), ['10.96.0.1']);
});

test('a Gateway that is made again has no address of the one before', () => {
  const service = serviceOf('1', '10.96.0.1');
  const { step } = cluster();
  step(made('1'), service);
  assert.deepEqual(step(gone), []);
  assert.deepEqual(step(made('2')), []);
  assert.deepEqual(step([], null), []);
  assert.deepEqual(step([], serviceOf('2', '10.96.0.2')), ['10.96.0.2']);

  // The garbage collector is slower than whoever made it again.
  const late = cluster();
  late.step(made('1'), service);
  assert.deepEqual(late.step(made('2')), []);
  assert.deepEqual(late.step([], { ...service, metadata: { ...service.metadata, labels: {} } }), []);
});

test('a Service that goes after its Gateway leaves nothing behind', () => {
  const { step } = cluster();
  step(made('1'), serviceOf('1', '10.96.0.1'));
  assert.deepEqual(step(gone), []);
  assert.deepEqual(step([], null), []);
  assert.deepEqual(step(made('2')), []);
});

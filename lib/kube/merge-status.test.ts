import assert from 'node:assert/strict';
import { test } from 'node:test';

import { statusPatch } from './merge-status.ts';

const now = '2026-02-02T00:00:00Z';
const options = { controllerName: 'us', namespace: 'apps', kind: 'HTTPRoute', now };

interface Entry {
  readonly controllerName: string;
  readonly conditions: readonly unknown[];
  readonly [reference: string]: unknown;
}

function accepted(fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: '',
    observedGeneration: 1,
    ...fields,
  };
}

function parent(name: string, fields: Readonly<Record<string, unknown>> = {}): Entry {
  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name };
  return { parentRef, controllerName: 'us', conditions: [accepted()], ...fields };
}

function written(entry: Entry): Entry {
  return {
    ...entry,
    conditions: entry.conditions.map((each) => ({ ...each as object, lastTransitionTime: now })),
  };
}

function entries(patch: Readonly<Record<string, unknown>> | undefined, field = 'parents'): readonly Entry[] {
  return (patch ?? {})[field] as readonly Entry[];
}

function namesOf(patch: Readonly<Record<string, unknown>> | undefined): string[] {
  return entries(patch).map(({ controllerName, parentRef }) =>
    `${controllerName}/${(parentRef as { name: string }).name}`
  );
}

test('a status that says all that is wanted gives no patch, whatever the order of its fields', () => {
  const observed = { parents: [written(parent('a'))] };
  assert.equal(statusPatch(observed, { parents: [parent('a')] }, options), undefined);
  const { conditions, controllerName, parentRef } = written(parent('a')) as Entry & { parentRef: unknown };
  assert.equal(
    statusPatch(
      { parents: [{ conditions, controllerName, parentRef }] },
      { parents: [parent('a')] },
      options,
    ),
    undefined,
  );
});

test('an object about which there is nothing to say gets no status', () => {
  assert.equal(statusPatch({}, { parents: [] }, options), undefined);
  assert.equal(statusPatch({ parents: [] }, { parents: [] }, options), undefined);
});

test('entries of others stay as they are; ours are replaced, added and dropped', () => {
  const foreign = { ...parent('a', { controllerName: 'them' }), extra: 1 };
  const observed = { parents: [written(parent('gone')), foreign, written(parent('b'))] };
  const patch = statusPatch(observed, {
    parents: [parent('a'), parent('b', { conditions: [accepted({ status: 'False' })] })],
  }, options);
  assert.deepEqual(patch, {
    parents: [
      foreign,
      written(parent('b', { conditions: [accepted({ status: 'False' })] })),
      written(parent('a')),
    ],
  });
});

test('parents are told apart by all of their reference, in which a namespace may be left out', () => {
  const reference = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a' };
  const observed = { parents: [written(parent('a', { parentRef: { ...reference, namespace: 'apps' } }))] };
  const one = statusPatch(observed, { parents: [parent('a')] }, options);
  assert.equal(entries(one).length, 1);
  const sections = ['x', 'y'].map((sectionName) => parent('a', { parentRef: { ...reference, sectionName } }));
  const two = statusPatch({}, { parents: sections }, options);
  assert.equal(entries(two).length, 2);
});

test('lists are filled up to the limits of the API', () => {
  const foreign = Array.from({ length: 31 }, (_, index) => parent(`f${index}`, { controllerName: 'them' }));
  const names = namesOf(statusPatch({ parents: foreign }, { parents: [parent('a'), parent('b')] }, options));
  assert.deepEqual([names.length, names.at(-1)], [32, 'us/a']);
  const ancestors = Array.from({ length: 20 }, (_, index) => ({
    ancestorRef: { group: '', kind: 'Service', name: `s${index}` },
    controllerName: 'us',
    conditions: [accepted()],
  }));
  const policy = statusPatch({}, { ancestors }, { ...options, kind: 'BackendTLSPolicy' });
  assert.equal(entries(policy, 'ancestors').length, 16);
});

test('only fields that differ are patched, and those that go are null', () => {
  const conditions = [{ ...accepted(), lastTransitionTime: now }, {
    ...accepted({ type: 'theirs' }),
    lastTransitionTime: now,
  }];
  const listener = {
    name: 'http',
    attachedRoutes: 1,
    supportedKinds: [],
    conditions: [{ ...accepted(), lastTransitionTime: now }],
  };
  const observed = {
    conditions,
    listeners: [listener],
    addresses: [{ type: 'IPAddress', value: '10.0.0.1' }],
  };
  const wanted = {
    conditions: [accepted()],
    listeners: [{ name: 'http', attachedRoutes: 2, supportedKinds: [], conditions: [accepted()] }],
    addresses: undefined,
  };
  assert.deepEqual(statusPatch(observed, wanted, { ...options, kind: 'Gateway' }), {
    listeners: [{ ...listener, attachedRoutes: 2 }],
    addresses: null,
  });
});

test('listeners that are gone take their conditions along, others keep those of others', () => {
  const theirs = { ...accepted({ type: 'theirs' }), lastTransitionTime: now };
  const observed = { listeners: [{ name: 'a', conditions: [theirs] }, { name: 'b', conditions: [theirs] }] };
  const patch = statusPatch(observed, { listeners: [{ name: 'b', conditions: [accepted()] }] }, options);
  assert.deepEqual(patch, {
    listeners: [{ name: 'b', conditions: [theirs, { ...accepted(), lastTransitionTime: now }] }],
  });
});

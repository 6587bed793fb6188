import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences } from './differences.ts';

test('defaults and what others say are no differences', () => {
  const manifest = {
    metadata: { labels: { a: 'x' } },
    spec: { replicas: 1, empty: {}, none: [], gone: undefined },
  };
  const object = {
    metadata: { labels: { a: 'x', b: 'y' }, uid: '1' },
    spec: { replicas: 1, paused: false },
    status: {},
  };
  assert.deepEqual(differences(manifest, object), []);
});

test('fields that are missing or say something else are', () => {
  const manifest = { spec: { replicas: 1, selector: { a: 'x' }, image: 'i', list: [1, 2] } };
  const object = { spec: { replicas: 2, selector: 'x', list: [2, 1] } };
  assert.deepEqual(differences(manifest, object), [
    '/spec/replicas',
    '/spec/selector',
    '/spec/image',
    '/spec/list',
  ]);
  assert.deepEqual(differences(manifest, undefined), ['']);
});

test('in lists of objects order does not count, but their number does', () => {
  const ports = [{ port: 80, name: 'a' }, { port: 443 }];
  assert.deepEqual(
    differences({ ports }, { ports: [{ port: 443, protocol: 'TCP' }, { port: 80, name: 'a' }] }),
    [],
  );
  assert.deepEqual(differences({ ports }, { ports: [...ports, { port: 1 }] }), ['/ports']);
  assert.deepEqual(differences({ ports }, { ports: [{ port: 80, name: 'b' }, { port: 443 }] }), ['/ports']);
});

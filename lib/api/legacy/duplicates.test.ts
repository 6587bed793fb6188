import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settle } from './duplicates.ts';
import type { LegacyObject } from './kinds.ts';
import { annotated } from './testing/decoded.ts';

/** `Kind NAMESPACE/NAME`, and a field that tells objects of one name apart. */
function objectOf(text: string, field = ''): LegacyObject {
  const [kind, key = ''] = text.split(' ');
  const [namespace, name] = key.split('/');
  const { objects } = annotated(
    `{apiVersion: getambassador.io/v3alpha1, kind: ${kind}, namespace: ${namespace}, name: ${name}, ${field}}`,
  );
  return objects[0] ?? assert.fail(text);
}

function listener(key: string, port: number): LegacyObject {
  return objectOf(`Listener ${key}`, `port: ${port}, securityModel: XFP, hostBinding: {}`);
}

function settled(objects: readonly LegacyObject[]): [used: number[], superseded: [number, number, string][]] {
  const { used, superseded } = settle(objects);
  const index = (object: LegacyObject): number => objects.indexOf(object);
  return [used.map(index), superseded.map(({ object, by, same }) => [index(object), index(by), same])];
}

test('of two objects with one kind, namespace and name the later one is used', () => {
  const [a, b, c] = ['ConsulResolver x/a', 'ConsulResolver x/b', 'ConsulResolver x/a'].map((text) =>
    objectOf(text)
  );
  assert.ok(a && b && c);
  assert.deepEqual(settled([a, b, c]), [[1, 2], [[0, 2, 'kind, namespace and name']]]);
  assert.deepEqual(settled([objectOf('ConsulResolver x/a'), objectOf('ConsulResolver y/a')]), [[0, 1], []]);
});

test('of Hosts, TLSContexts and Modules with one name the first is used, whatever the namespace', () => {
  for (const kind of ['Host', 'TLSContext', 'Module']) {
    assert.deepEqual(settled([objectOf(`${kind} y/a`), objectOf(`${kind} x/a`), objectOf(`${kind} x/b`)]), [
      [0, 2],
      [[1, 0, 'name a']],
    ]);
  }
});

test('of Listeners with one port the first is used', () => {
  assert.deepEqual(settled([listener('x/a', 80), listener('x/b', 80), listener('y/c', 81)]), [
    [0, 2],
    [[1, 0, 'port 80']],
  ]);
});

test('an object that is replaced takes nothing from others', () => {
  assert.deepEqual(settled([listener('x/a', 80), listener('x/b', 80), listener('x/a', 81)]), [
    [1, 2],
    [[0, 2, 'kind, namespace and name']],
  ]);
});

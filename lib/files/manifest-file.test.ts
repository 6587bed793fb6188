import assert from 'node:assert/strict';
import { test } from 'node:test';

import { looksUnfinished, type ManifestFile, readManifests } from './manifest-file.ts';
import { service, stream } from './testing/manifests.ts';

const good = readManifests(stream(service('a'), service('b')));

function ids(file: ManifestFile): string[] {
  return [...file.entries.keys()];
}

test('readManifests() keeps the very objects of unchanged documents', () => {
  const edited = readManifests(stream(service('new'), service('a'), service('b', 81)), good);
  assert.equal(
    edited.entries.get('Service/default/a')?.object,
    good.entries.get('Service/default/a')?.object,
  );
  assert.notEqual(
    edited.entries.get('Service/default/b')?.object,
    good.entries.get('Service/default/b')?.object,
  );
  assert.equal(edited.entries.get('Service/default/a')?.document.line, 8);
});

test('readManifests() unfolds lists', () => {
  const list = readManifests(
    `kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: x}}\n` +
      `- {apiVersion: v1, kind: Namespace, metadata: {name: y}}\n`,
  );
  assert.deepEqual(ids(list), ['Namespace/x', 'Namespace/y']);
  assert.equal(list.entries.get('Namespace/y')?.line, 5);
});

test('readManifests() reads JSON', () => {
  const json = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, null, '\t');
  assert.deepEqual(ids(readManifests(json)), ['Namespace/x']);
});

test('readManifests() keeps the last good version of an object with an error, and others follow', () => {
  const edited = readManifests(stream(service('a').replace('80', 'eighty'), service('b', 81)), good);
  const kept = edited.entries.get('Service/default/a');
  assert.equal(kept?.object, good.entries.get('Service/default/a')?.object);
  assert.equal(kept?.stale, true);
  assert.notEqual(
    edited.entries.get('Service/default/b')?.object,
    good.entries.get('Service/default/b')?.object,
  );
  const [problem] = edited.documents[0]?.problems ?? [];
  assert.equal(problem?.object, 'Service/default/a');
  assert.equal(problem?.field, 'spec.ports[0].port');
  assert.deepEqual([problem?.line, problem?.column], [7, 13]);
});

test('readManifests() keeps all that a document with a syntax error may have held', () => {
  const edited = readManifests(stream(service('c'), service('b') + '   - }{\n'), good);
  assert.deepEqual(ids(edited), ['Service/default/c', 'Service/default/a', 'Service/default/b']);
  const mended = readManifests(stream(service('c'), service('b')), edited);
  assert.deepEqual(ids(mended), ['Service/default/c', 'Service/default/b']);
});

test('readManifests() drops an object whose document was removed although another is broken', () => {
  const edited = readManifests(service('b').replace('80', 'eighty'), good);
  assert.deepEqual(ids(edited), ['Service/default/b']);
});

test('readManifests() uses the first of two documents with one object', () => {
  const file = readManifests(stream(service('a', 1), service('a', 2)));
  assert.equal(file.entries.get('Service/default/a')?.document.line, 0);
  assert.equal(file.repeated.length, 1);
});

const ANNOTATED = `apiVersion: v1
kind: Service
metadata:
  name: tour
  annotations:
    getambassador.io/config: |
      ---
      apiVersion: ambassador/v1
      kind: Mapping
      name: tour
      prefix: /tour/
      service: tour
      timeout_ms: "1"
      ---
      kind: [
spec: {ports: [{port: 80}]}
`;

test('readManifests() tells where in an annotation a resource is wrong, and keeps its object', () => {
  const { entries, documents } = readManifests(ANNOTATED);
  assert.deepEqual([...entries.keys()], ['Service/default/tour']);
  assert.deepEqual(
    documents.flatMap(({ problems }) =>
      problems.map(({ line, column, object, field }) => [line, column, object, field])
    ),
    [
      [13, 19, 'Mapping/default/tour', 'timeout_ms'],
      [16, 7, 'Service/default/tour', ''],
    ],
  );
  const quoted = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'tour', annotations: { 'getambassador.io/config': 'kind: Mapping\nname: x\n' } },
  });
  const [problem] = readManifests(quoted).documents[0]?.problems ?? [];
  assert.deepEqual([problem?.line, problem?.column], [1, quoted.indexOf('"kind: Mapping') + 1]);
});

test('readManifests() reports an unknown kind and keeps nothing of it', () => {
  const file = readManifests(
    'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata: {name: a}\n',
  );
  assert.equal(file.entries.size, 0);
  assert.deepEqual([file.troubled[0]?.problems[0]?.field, file.troubled[0]?.problems[0]?.line], ['kind', 2]);
});

const UNFINISHED: readonly (readonly [what: string, text: string])[] = [
  ['an emptied file', ''],
  ['a first part', service('a')],
  ['a cut in a line', stream(service('a'), service('b')).slice(0, -5)],
  ['a lost object', service('b')],
  ['a syntax error', stream(service('a'), service('b')) + '}\n'],
];

for (const [what, text] of UNFINISHED) {
  test(`looksUnfinished() doubts ${what}`, () => {
    assert.equal(looksUnfinished(readManifests(text, good), good), true);
  });
}

test('looksUnfinished() believes an edit and an addition', () => {
  const edited = stream(service('a', 81), service('b'), service('c'));
  assert.equal(looksUnfinished(readManifests(edited, good), good), false);
  assert.equal(looksUnfinished(readManifests(service('new')), undefined), false);
});

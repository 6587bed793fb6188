import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readAnnotation } from './annotation.ts';
import { annotated, only, said } from './testing/decoded.ts';

const mapping = `
apiVersion: getambassador.io/v1
kind: Mapping
name: tour
prefix: /tour/
service: tour
`;

test('a flat resource has its name and namespace outside of metadata', () => {
  const { key, apiVersion, metadata, spec } = only('Mapping', `${mapping}namespace: other\ngeneration: 3\n`);
  assert.deepEqual([key, apiVersion], ['other/tour', 'getambassador.io/v1']);
  assert.deepEqual(metadata, { name: 'tour', namespace: 'other', generation: 3 });
  assert.equal(spec.path.value, '/tour/');
});

test('a resource may be written like a manifest, too', () => {
  const text = `
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: tour, labels: {a: b}}
spec: {hostname: '*', prefix: /tour/, service: tour}
`;
  assert.deepEqual(only('Mapping', text).metadata, {
    name: 'tour',
    namespace: 'shop',
    labels: { a: 'b' },
    generation: 1,
  });
  const [problem] = annotated(text.replace('service', 'servise')).problems;
  assert.equal(
    problem === undefined ? '' : said(problem),
    'error metadata.annotations["getambassador.io/config"][0].spec.service: is required (a string)',
  );
});

test('namespace and labels are those of the object, unless the resource has its own', () => {
  const labels = { team: 'a' };
  const labelsOf = (text: string): unknown => annotated(text, labels).objects[0]?.metadata.labels;
  assert.equal(annotated(mapping).objects[0]?.metadata.namespace, 'shop');
  assert.equal(annotated(`${mapping}namespace: ''\n`).objects[0]?.metadata.namespace, 'shop');
  assert.deepEqual(labelsOf(mapping), { team: 'a' });
  assert.deepEqual(labelsOf(`${mapping}metadata_labels: {b: c, d: true}\n`), { b: 'c', d: 'true' });
  assert.deepEqual(labelsOf(`${mapping}metadata_labels: {}\n`), {});
});

test('the first name of the group is as good as the present one', () => {
  for (const version of ['ambassador/v1', 'ambassador/v2', 'getambassador.io/v2', 'ambassador/v0.5']) {
    const object = only('Mapping', mapping.replace('getambassador.io/v1', version));
    assert.equal(object.apiVersion, `getambassador.io/${version.replace(/.*\/|\.5/g, '')}`);
  }
});

test('names that no manifest could have are taken', () => {
  assert.equal(
    only('Mapping', mapping.replace('name: tour', 'name: Tour_Mapping 1')).key,
    'shop/Tour_Mapping 1',
  );
});

test('one bad document keeps no other out, and is told with its place', () => {
  const { objects, problems } = annotated(`---
# comments are no documents
---${mapping}---
apiVersion: getambassador.io/v1
kind: Mapping
name: bad
prefix: /bad/
service: bad
timeout_ms: "3000"
weigth: 5
---
kind: [}
---
just text
---
apiVersion: getambassador.io/v1
kind: Mappin
---
kind: TCPMapping
apiVersion: getambassador.io/v0
---
kind: Mapping
---
apiVersion: getambassador.io/v1
kind: Mapping
---
apiVersion: getambassador.io/v2
kind: TLSContext
name: last
`);
  assert.deepEqual(objects.map(({ kind, key }) => `${kind}/${key}`), [
    'Mapping/shop/tour',
    'TLSContext/shop/last',
  ]);
  const at = 'metadata.annotations["getambassador.io/config"]';
  assert.deepEqual(
    problems.map((problem) => `${problem.line}:${problem.column} ${said(problem).replace(at, '')}`),
    [
      '15:13 error [1].timeout_ms: is a string (a whole number)',
      '16:9 warning [1].weigth: is not a known field, so it has no effect (weight)',
      '18:8 error [2]: cannot be read as YAML: flow sequence in block collection must be sufficiently indented and ' +
      'end with a ]',
      '20:1 error [3]: is a string (a mapping with apiVersion, kind, name and the fields of its kind)',
      '23:7 error [4].kind: Mappin is not a kind that is read in annotations (Mapping)',
      '26:13 error [5].apiVersion: getambassador.io/v0 is not a version of TCPMapping ' +
      '(getambassador.io/v3alpha1 or getambassador.io/v2 or getambassador.io/v1)',
      '28:1 error [6].apiVersion: is required (getambassador.io/v3alpha1 or getambassador.io/v2 or ' +
      'getambassador.io/v1 or getambassador.io/v0)',
      '30:1 error [7].name: is required (a string)',
      '30:1 error [7].prefix: is required (a string)',
      '30:1 error [7].service: is required (a string)',
    ],
  );
  assert.deepEqual(problems.map(({ resource }) => resource), [
    'Mapping/shop/bad',
    'Mapping/shop/bad',
    ...Array.from({ length: 8 }, () => undefined),
  ]);
});

test('of two resources without `---` between them the later one is used, and told', () => {
  const { objects, problems } = annotated(
    `${mapping.trim()}\n${mapping.trim().replaceAll('tour', 'cart')}\n`,
  );
  assert.deepEqual(objects.map(({ key }) => key), ['shop/cart']);
  assert.deepEqual(problems.map((problem) => [problem.line, problem.resource, said(problem)]), [[
    6,
    'Mapping/shop/cart',
    'warning metadata.annotations["getambassador.io/config"][0].apiVersion: is there twice, ' +
    'and the last one is used (each key once, and --- between resources)',
  ]]);
});

test('of two resources with one name the later one is used, and told', () => {
  const { objects, problems } = annotated(`${mapping}---${mapping.replace('/tour/', '/b/')}`);
  assert.deepEqual(objects.map((object) => object.kind === 'Mapping' && object.spec.path.value), ['/b/']);
  assert.deepEqual(problems.map(({ severity, line }) => [severity, line]), [['warning', 10]]);
  const other = `---${
    mapping.replace('kind: Mapping', 'kind: TCPMapping').replace('prefix: /tour/', 'port: 80')
  }`;
  assert.equal(annotated(mapping + other).objects.length, 2);
});

test('only Services and Ingresses are read, and those without the annotation hold nothing', () => {
  const metadata = { name: 'a', namespace: 'b', generation: 1 };
  const annotations = { 'getambassador.io/config': mapping };
  const of = (kind: string, more: object = { annotations }): number =>
    readAnnotation({ key: 'b/a', apiVersion: 'v1', kind, metadata: { ...metadata, ...more } }).objects.length;
  assert.deepEqual([of('Service'), of('Ingress'), of('ConfigMap'), of('Service', {})], [1, 1, 0, 0]);
});

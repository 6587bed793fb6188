import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseFieldPath } from '../files/field-path.ts';
import { parseYaml } from './yaml-document.ts';

const text = `spec:
  rules:
    - name: a
      backendRefs:
        - {name: b, port: 80}
    - name: c
  empty:
  labels:
    "a/b": x
`;

const PLACES: readonly (readonly [field: string, line: number, column: number])[] = [
  ['spec', 1, 1],
  ['spec.rules', 2, 3],
  ['spec.rules[0].name', 3, 13],
  ['spec.rules[1]', 6, 7],
  ['spec.rules[0].backendRefs[0].port', 5, 27],
  ['spec.rules[1].backendRefs', 6, 7],
  ['spec.empty', 7, 3],
  ['spec.labels["a/b"]', 9, 12],
  ['nothing.here', 1, 1],
];

for (const [field, line, column] of PLACES) {
  test(`locate() finds ${field} at ${line}:${column}`, () => {
    const document = parseYaml(text);
    assert.ok('locate' in document);
    assert.deepEqual(document.locate(parseFieldPath(field)), { line, column });
  });
}

test('locate() goes through aliases', () => {
  const document = parseYaml('a: &x\n  b: 1\nc: *x\n');
  assert.ok('locate' in document);
  assert.deepEqual(document.locate(['c', 'b']), { line: 2, column: 6 });
});

test('parseYaml() reports the place of a slip', () => {
  const document = parseYaml('a:\n  - b\n c: d\n');
  assert.ok('syntax' in document);
  assert.equal(document.syntax[0]?.line, 3);
});

test('parseYaml() survives deep nesting and aliases that multiply', () => {
  for (const text of ['['.repeat(10_000_000), '- '.repeat(1_000_000), '- a\n'.repeat(1_000_000)]) {
    assert.ok('syntax' in parseYaml(text));
  }
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const bomb = names.map((name, i) => {
    const before = names[i - 1];
    return `${name}: &${name} [${
      Array.from({ length: 9 }, () => before === undefined ? 'x' : `*${before}`).join(', ')
    }]`;
  }).join('\n');
  assert.ok('syntax' in parseYaml(bomb));
});

test('parseYaml() refuses a key given twice', () => {
  const document = parseYaml('a:\n  b: 1\n  c: 2\n  b: 3\n');
  assert.deepEqual(document, { syntax: [{ line: 4, column: 3, message: 'the key b is there twice' }] });
});

test('parseYaml() takes the last of keys given twice where it is asked to', () => {
  const document = parseYaml('a:\n  - b: 1\n    c: 2\n    b: 3\n', { lastCounts: true });
  assert.ok('value' in document);
  assert.deepEqual(document.value, { a: [{ c: 2, b: 3 }] });
  assert.deepEqual(document.repeated, ['a', 0, 'b']);
  assert.deepEqual(document.locate(['a', 0, 'b']).line, 4);
});

const BLOCKS = [
  ['a block', 'a: |\n  x: 1\n\n  ---\n  y:\n    z: 2\n', '6:8'],
  ['a block with a margin', 'a:\n  - |2-\n      x: 1\n    ---\n    y:\n      z: 2\n', '6:10'],
  ['a folded block', 'a: >\n  x: 1\n\n  ---\n\n  y: {z: 2}\n', '1:4'],
  ['a quoted text', 'a: "x: 1\\n---\\ny: {z: 2}"\n', '1:4'],
] as const;

for (const [what, text, expected] of BLOCKS) {
  test(`locate() goes on in the documents of ${what}`, () => {
    const document = parseYaml(text);
    assert.ok('locate' in document);
    const path = text.includes('- |') ? ['a', 0] : ['a'];
    const { line, column } = document.locate([...path, 1, 'y', 'z']);
    assert.equal(`${line}:${column}`, expected);
  });
}

test('locate() stays at a string that holds no such document', () => {
  const document = parseYaml('a: |\n  x: 1\n');
  assert.ok('locate' in document);
  assert.deepEqual(document.locate(['a', 5, 'x']), { line: 1, column: 4 });
  assert.deepEqual(document.locate(['a', 'x']), { line: 1, column: 4 });
});

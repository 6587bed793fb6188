import assert from 'node:assert/strict';
import { test } from 'node:test';

import { splitDocuments } from './documents.ts';

function split(text: string): [string, number][] {
  return splitDocuments(text).map(({ text, line }) => [text, line]);
}

test('splitDocuments() cuts at `---` and counts lines', () => {
  assert.deepEqual(split('a: 1\n---\nb: 2\n'), [['a: 1\n', 0], ['b: 2\n', 2]]);
});

test('splitDocuments() keeps comments and directives with the document that they introduce', () => {
  assert.deepEqual(split('# hello\n%YAML 1.2\n---\na: 1\n'), [['# hello\n%YAML 1.2\n---\na: 1\n', 0]]);
});

test('splitDocuments() leaves out documents of comments alone', () => {
  assert.deepEqual(split('---\n# nothing\n---\na: 1\n---\n').map(([text]) => text.includes('a: 1')), [true]);
  assert.deepEqual(split('\n# only a comment'), []);
});

test('splitDocuments() ends a document at `...`', () => {
  assert.deepEqual(split('a: 1\n...\nb: 2\n'), [['a: 1\n...\n', 0], ['b: 2\n', 2]]);
});

test('splitDocuments() does not cut at `---` that is indented or part of a word', () => {
  const text = 'a: |\n  ---\n  b\nc: x\n----\n';
  assert.equal(split(text).length, 1);
});

test('splitDocuments() keeps content that follows `---` on its line, and CRLF', () => {
  assert.deepEqual(split('--- {a: 1}\r\n---\r\nb: 2\r\n'), [['--- {a: 1}\r\n', 0], ['b: 2\r\n', 2]]);
});

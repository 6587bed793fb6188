import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatFinding, printable } from './findings.ts';
import type { Io } from './io.ts';

const plain: Io = { out: () => {}, err: () => {}, terminal: false, colour: false };

test('formatFinding() writes place, object, field, message and what was expected on one line', () => {
  assert.equal(
    formatFinding(plain, {
      severity: 'error',
      file: 'a.yaml',
      line: 3,
      column: 7,
      object: 'Service/default/a',
      field: 'spec.ports[0].port',
      message: 'is a string',
      expected: 'a number',
    }),
    'a.yaml:3:7: error: Service/default/a: spec.ports[0].port is a string; expected a number\n',
  );
});

test('formatFinding() puts a fix on a line of its own', () => {
  assert.equal(
    formatFinding(plain, {
      severity: 'warning',
      field: '',
      code: 'X',
      message: 'It is odd.',
      fix: 'Make it even.',
    }),
    'warning: It is odd.\n    Make it even.\n',
  );
});

test('printable() keeps what manifests say from driving the terminal', () => {
  assert.equal(printable('a\u001b[2Jb\nc\u0007', false), 'a [2Jb c ');
});

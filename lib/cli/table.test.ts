import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Io } from './io.ts';
import { table } from './table.ts';

const plain: Io = { out: () => {}, err: () => {}, terminal: false, colour: false };

test('table() separates fields by tabs when it goes to no terminal', () => {
  assert.equal(table(plain, ['A', 'B'], [['long value', 'x']]), 'A\tB\nlong value\tx\n');
});

test('table() aligns columns on a terminal', () => {
  assert.equal(
    table({ ...plain, terminal: true }, ['A', 'B'], [['long', 'x'], ['l', 'y']]),
    'A     B\nlong  x\nl     y\n',
  );
});

test('table() does not count colours as width', () => {
  const text = table({ ...plain, terminal: true }, ['A', 'B'], [['\u001b[31mred\u001b[39m', 'x'], [
    'four',
    'y',
  ]]);
  assert.equal(text.split('\n')[1], '\u001b[31mred\u001b[39m   x');
});

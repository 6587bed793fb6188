import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { Lines } from './lines.ts';

function cut(chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  const lines = new Lines((line) => found.push(line));
  for (const chunk of chunks) lines.push(chunk);
  return found;
}

test('push() gives the lines wherever the stream is cut, and keeps back what is not complete', () => {
  const text = fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ' '));
  fc.assert(fc.property(fc.array(text), fc.array(fc.nat({ max: 40 })), (wanted, sizes) => {
    let rest = Buffer.from(wanted.map((line) => `${line}\n`).join('') + 'unfinished');
    const chunks: Buffer[] = [];
    for (const size of sizes) {
      chunks.push(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    assert.deepEqual(cut([...chunks, rest]), wanted.filter((line) => line !== ''));
  }));
});

test('push() takes no line without end', () => {
  const lines = new Lines(() => {});
  const chunk = Buffer.alloc(16 << 20, 'a');
  assert.throws(() => {
    for (let i = 0; i < 5; i++) lines.push(chunk);
  }, /longer than/);
});

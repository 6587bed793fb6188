import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter, parseLogLine } from './log-line.ts';

test("parseLogLine() reads Envoy's format", () => {
  assert.deepEqual(parseLogLine('[warning][config] gRPC config: delta error'), {
    level: 'warn',
    component: 'config',
    message: 'gRPC config: delta error',
  });
  assert.equal(parseLogLine('[critical][main] out').level, 'fatal');
  assert.equal(parseLogLine('[info][main] ').message, '');
});

test('parseLogLine() undoes the escapes that keep a record on one line', () => {
  const line = String.raw`[info][main] it\'s\tA:\n  caf\303\251 \\ "x\"`;
  assert.equal(parseLogLine(line).message, `it's\tA:\n  café \\ "x"`);
});

test('parseLogLine() takes any other line for a warning', () => {
  for (const line of ['external/tcmalloc: large alloc', '[noise][main] x', '[info] x', '']) {
    assert.deepEqual(parseLogLine(line), { level: 'warn', component: 'stderr', message: line });
  }
});

test('LineSplitter cuts lines wherever the chunks end', () => {
  const text = 'one\ntwo\n\nthree';
  for (let size = 1; size <= text.length; size++) {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let at = 0; at < text.length; at += size) splitter.write(text.slice(at, at + size));
    splitter.flush();
    assert.deepEqual(lines, ['one', 'two', 'three']);
  }
});

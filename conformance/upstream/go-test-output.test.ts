import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoTestOutput } from './go-test-output.ts';

/** What the output tells, chunk by chunk. */
function read(...chunks: readonly string[]): string[] {
  const told: string[] = [];
  const output = new GoTestOutput({
    running: (name) => told.push(`running ${name}`),
    line: (name, text, error) => told.push(`${error ? 'error' : 'line'} ${name}: ${text}`),
    ended: (name, outcome, seconds) => told.push(`${outcome} ${name} ${seconds}`),
  });
  for (const chunk of chunks) output.feed(chunk);
  output.end();
  return told;
}

test('lines belong to the test that was named last', () => {
  assert.deepEqual(
    read(
      '\x16=== RUN   T/A\n    one\n\x16=== RUN   T/B\n    two\n',
      '\x16=== NAME  T/A\n    three\n\x16    --- PASS: T/A (0.25s)\n\x16    --- SKIP: T/B (0.00s)\n',
    ),
    [
      'running T/A',
      'line T/A:     one',
      'running T/B',
      'line T/B:     two',
      'line T/A:     three',
      'passed T/A 0.25',
      'skipped T/B 0',
    ],
  );
});

test('a parallel test runs when its turn comes', () => {
  assert.deepEqual(read('\x16=== RUN   T/A\n\x16=== PAUSE T/A\n\x16=== CONT  T/A\n'), [
    'running T/A',
    'running T/A',
  ]);
});

test('an error may have many lines, even if others speak meanwhile', () => {
  assert.deepEqual(
    read(
      '\x16=== RUN   T/A\n\x0f    a.go:1: first\n\x16=== RUN   T/B\n    fine\n',
      '\x16=== NAME  T/A\n    last\x0e\n    after\n',
    ),
    [
      'running T/A',
      'error T/A:     a.go:1: first',
      'running T/B',
      'line T/B:     fine',
      'error T/A:     last',
      'line T/A:     after',
    ],
  );
});

test('chunks may break anywhere, and a line may lack its end', () => {
  assert.deepEqual(read('\x16=== RU', 'N   T/A\nprint', 'ed\x16--- FAIL: T/A (1.50', 's)\nlast'), [
    'running T/A',
    'line T/A: printed',
    'failed T/A 1.5',
    'line T/A: last',
  ]);
});

test('marks that a test prints itself are no marks', () => {
  assert.deepEqual(read('\x16=== RUN   T/A\n\x1b\x16=== RUN   T/B \x1b\x0f\x1b\x1b[1m\n'), [
    'running T/A',
    'line T/A: \x16=== RUN   T/B \x0f\x1b[1m',
  ]);
});

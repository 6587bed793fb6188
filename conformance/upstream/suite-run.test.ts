import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SuiteRun } from './suite-run.ts';

function follow(output: string): { readonly run: SuiteRun; readonly told: readonly string[] } {
  const told: string[] = [];
  const run = new SuiteRun({
    line: () => {},
    failing: ({ name }) => told.push(`failing ${name}`),
    ended: ({ name, outcome }) => told.push(`${outcome} ${name}`),
  });
  run.feed(output);
  run.end();
  return { run, told };
}

const OUTPUT = `\x16=== RUN   TestConformance
setting up
\x16=== RUN   TestConformance/A
\x16=== RUN   TestConformance/A/case
\x0f    bad\x0e
\x0f    worse\x0e
\x16        --- FAIL: TestConformance/A/case (0.10s)
\x16    --- FAIL: TestConformance/A (0.20s)
\x16=== RUN   TestConformance/B
\x16    --- PASS: TestConformance/B (0.20s)
\x16=== RUN   TestConformance/C
`;

test('a test is told as failing at its first error, and as failed at its end, with its cases', () => {
  const { run, told } = follow(OUTPUT);
  assert.deepEqual(told, ['failing A', 'failed A', 'passed B']);
  const [a] = run.tests();
  assert.deepEqual(a?.lines.map(({ text }) => text.trim()), [
    'bad',
    'worse',
    'case failed: TestConformance/A/case',
  ]);
});

test('what has not ended is running', () => {
  assert.deepEqual(follow(OUTPUT).run.running().map(({ name }) => name), ['C']);
});

test('what the suite says outside of its tests is kept apart', () => {
  assert.deepEqual(follow(OUTPUT).run.around.lines, [{ text: 'setting up', error: false }]);
});

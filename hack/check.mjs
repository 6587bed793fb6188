// `npm run check`: every static check, each with its time; fails at the end if any failed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './step.mjs';

const DENO_ROOTS = ['mod.ts', 'lib', 'controllers', 'hack', 'conformance'];

export async function check(root) {
  const bin = (name) => join(root, 'node_modules/.bin', name);
  const checks = [
    ['tsc', bin('tsc'), ['--noEmit']],
    ['deno check', bin('deno'), [
      'check',
      '--quiet',
      ...DENO_ROOTS.filter((path) => existsSync(join(root, path))),
    ]],
    ['oxlint', bin('oxlint'), ['--type-aware']],
    ['deno fmt', bin('deno'), ['fmt', '--check'], unformatted],
    ['import rules', bin('node'), ['--test', join(root, 'hack/import-rules.test.ts')]],
  ];
  const failed = [];
  for (const [name, command, args, shorten = (output) => output] of checks) {
    const started = performance.now();
    const { code, output, error } = await capture(command, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)}${seconds.padStart(6)} s`);
    if (code === 0) continue;
    failed.push(name);
    console.log(error?.message ?? shorten(output).trimEnd());
  }
  console.log(
    failed.length === 0
      ? `All ${checks.length} checks pass.`
      : `${failed.length} of ${checks.length} checks fail: ${failed.join(', ')}`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** The names without the differences: the formatter makes them go. */
function unformatted(output) {
  const names = output.split('\n').filter((line) => line.startsWith('from '));
  return [...names, 'To format them: node_modules/.bin/deno fmt'].join('\n');
}

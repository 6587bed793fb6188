// `npm test`: unit, golden and property tests under Node and under Deno, then edge and e2e tests under Node. `npm run
// test:cluster`: tests that boot a Kubernetes cluster.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { capture, run, SetupError } from './step.mjs';

const SKIPPED = new Set(['node_modules', '.git', '.cache', 'gen', 'testdata']);

const E2E = '.e2e.test.ts';
const CLUSTER = '.cluster.test.ts';

/** `only`: parts of file names; none means every test. */
export async function test(root, only) {
  if (only.includes('--help')) return explain('npm test');
  const files = chosen(root, only).filter((file) => !file.endsWith(CLUSTER));
  const unit = files.filter((file) => !file.endsWith(E2E));
  const e2e = files.filter((file) => file.endsWith(E2E));
  const runs = [
    { name: 'unit, Node', files: unit, start: nodeTest },
    { name: 'unit, Deno', files: unit, start: denoTest },
    { name: 'e2e, Node', files: e2e, start: nodeTest },
  ];
  return await inOrder(root, runs.filter((it) => only.length === 0 || it.files.length > 0));
}

/** One file after the other: a cluster is all that this machine should carry. */
export async function testCluster(root, only) {
  if (only.includes('--help')) return explain('npm run test:cluster');
  const files = chosen(root, only).filter((file) => file.endsWith(CLUSTER));
  const start = (root, files) => nodeTest(root, files, { concurrency: 1 });
  return await inOrder(root, [{ name: 'cluster', files, start }]);
}

function explain(command) {
  console.log(`${command} [-- PART...]: all tests, or those of files with one of the PARTs in their names`);
  return 0;
}

function chosen(root, only) {
  const files = testFiles(root).filter((file) =>
    only.length === 0 || only.some((part) => file.includes(part))
  );
  if (files.length === 0) throw new SetupError(`no test file has ${only.join(' or ')} in its name`);
  return files;
}

async function inOrder(root, runs) {
  const rows = [];
  for (const { name, files, start } of runs) {
    console.log(`\n── ${name}: ${files.length} files`);
    const started = performance.now();
    const result = files.length === 0 ? { passed: 0, failed: 0, code: 0 } : await start(root, files);
    rows.push({ name, ...result, seconds: (performance.now() - started) / 1000 });
  }
  return summarise(rows);
}

function summarise(rows) {
  let bad = rows.length === 0;
  console.log('\n── summary');
  for (const { name, passed, failed, skipped, code, seconds } of rows) {
    const reason = failed > 0
      ? 'FAIL'
      : code !== 0
      ? `FAIL (exit code ${code})`
      : passed === 0
      ? 'FAIL (no test ran)'
      : 'ok';
    if (reason !== 'ok') bad = true;
    const also = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(
      `${name.padEnd(12)}${String(passed).padStart(6)} passed, ${failed} failed${also}  ${
        seconds.toFixed(1)
      } s  ${reason}`,
    );
  }
  console.log(bad ? 'Tests FAILED.' : 'All tests pass.');
  return bad ? 1 : 0;
}

function nodeTest(root, files, { concurrency = availableParallelism() } = {}) {
  return withResults(async (results) => {
    const code = await run(join(root, 'node_modules/.bin/node'), [
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-reporter=${join(root, 'hack/test-reporter.mjs')}`,
      '--test-reporter-destination=stdout',
      ...files,
    ], { cwd: root, env: { ...process.env, DRAGOMAN_TEST_RESULTS: join(results, 'node.json') } });
    const { passed, failed, skipped } = read(join(results, 'node.json'), JSON.parse) ??
      { passed: 0, failed: 0, skipped: 0 };
    return { passed, failed, skipped, code };
  });
}

function denoTest(root, files) {
  return withResults(async (results) => {
    const report = join(results, 'deno.xml');
    const args = [
      'test',
      '-A',
      '--no-check',
      '--parallel',
      '--reporter=dot',
      `--junit-path=${report}`,
      ...files,
    ];
    const { code, output } = await capture(join(root, 'node_modules/.bin/deno'), args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
    });
    if (code !== 0) console.log(output.split('\n').filter((line) => !/^[.,]*$/.test(line)).join('\n'));
    const counts = read(
      report,
      (xml) => /<testsuites [^>]*tests="(\d+)"[^>]*failures="(\d+)"[^>]*errors="(\d+)"/.exec(xml),
    );
    const [tests, failures, errors] = counts?.slice(1).map(Number) ?? [0, 0, 0];
    return { passed: tests - failures - errors, failed: failures + errors, skipped: 0, code };
  });
}

async function withResults(work) {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function read(file, parse) {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function testFiles(root, directory = root) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return testFiles(root, path);
    return entry.name.endsWith('.test.ts') ? [relative(root, path)] : [];
  }).sort();
}

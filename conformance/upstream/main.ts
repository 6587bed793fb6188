/** `npm run conformance`: the upstream suite against the controller of this checkout, in clusters of its own. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Cluster } from '../cluster/cluster.ts';
import { install } from './controller.ts';
import type { InsideOptions } from './inside.ts';
import { installLegacy, legacyProblem } from './legacy.ts';
import { reportFile } from './suite.ts';
import { HELP, type Options, parseOptions, type Target, UsageError } from './options.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));
const REPORTS = join(ROOT, 'conformance/reports');
const PARENT_CHECK_MS = 500;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const told = whenTold();
  const rows: { readonly what: string; readonly passed: boolean; readonly seconds: number }[] = [];
  for (const target of options.targets) rows.push(...await runTarget(target, options, told));
  console.log(`── conformance, ${options.profiles.join(', ')}`);
  for (const { what, passed, seconds } of rows) {
    console.log(`${passed ? 'ok  ' : 'FAIL'}  ${what.padEnd(30)}${seconds.toFixed(0).padStart(5)} s`);
  }
  return rows.every(({ passed }) => passed) ? 0 : 1;
}

async function runTarget(target: Target, options: Options, told: AbortSignal) {
  const cluster = await Cluster.start({
    name: `conformance-${process.pid}`,
    channel: target.channel,
    gatewayApi: target.suite,
    detached: options.keep,
    signal: told,
    progress: (line) => console.log(line),
  });
  const stop = (): Promise<void> => cluster.stop();
  const interrupt = (): void => void stop();
  told.addEventListener('abort', interrupt, { once: true });
  const rows = [];
  try {
    await install(cluster, options.manifests ?? join(ROOT, 'manifests/install'));
    await installLegacy(cluster);
    for (let number = 1; number <= options.repeat; number++) {
      told.throwIfAborted();
      const name = `${target.suite} ${target.channel}`;
      const what = options.repeat === 1 ? name : `${name}, run ${number}`;
      console.log(`── ${what}`);
      const started = performance.now();
      const suite = await runOnce(cluster, { target, number, options });
      const problem = await legacyProblem(cluster).catch(String);
      if (problem !== undefined) console.log(`PROBLEM  after the suite, ${problem}`);
      const passed = suite && problem === undefined;
      rows.push({ what, passed, seconds: (performance.now() - started) / 1000 });
    }
    told.throwIfAborted();
    return rows;
  } finally {
    told.removeEventListener('abort', interrupt);
    if (options.keep && !told.aborted) {
      console.log(
        `The cluster ${cluster.name} still runs; end it with: npm run cluster -- down --name ${cluster.name}`,
      );
    } else await stop();
  }
}

interface RunOptions {
  readonly target: Target;
  readonly number: number;
  readonly options: Options;
}

async function runOnce(cluster: Cluster, { target, number, options }: RunOptions): Promise<boolean> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  // Other runs of this checkout may be going on.
  const directory = join(REPORTS, 'runs', cluster.name, `${target.suite}-${target.channel}-${number}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const inside: InsideOptions = {
    ...options,
    ...target,
    version,
    credentials: cluster.directory.credentials,
    directory: relative(process.cwd(), directory),
  };
  const child = cluster.spawn([process.execPath, INSIDE, JSON.stringify(inside)], { stdio: 'inherit' });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const complete = options.tests.length === 0 && existsSync(reportFile(directory));
  if (complete) publish(reportFile(directory), { target, version });
  return code === 0;
}

/** Puts the report of a complete run where upstream would have it. */
function publish(
  report: string,
  { target: { suite, channel }, version }: { readonly target: Target; readonly version: string },
): void {
  const place = join(REPORTS, suite, `${channel}-${version}-default-report.yaml`);
  mkdirSync(dirname(place), { recursive: true });
  // In one step, for who reads it meanwhile.
  copyFileSync(report, `${place}.${process.pid}`);
  renameSync(`${place}.${process.pid}`, place);
  console.log(`report: ${relative(process.cwd(), place)}`);
}

/** Aborts when a signal asks for the end, or when whoever started this has gone without a word. */
function whenTold(): AbortSignal {
  const told = new AbortController();
  const end = (): void => told.abort(new UsageError('told to end'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(), PARENT_CHECK_MS).unref();
  return told.signal;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/**
 * Runs the suite once, inside a cluster's namespaces. The only argument is `InsideOptions` as JSON; exits with 1 if the run does
 * not count as passed.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ApiClient } from '../cluster/api-client.ts';
import type { Channel } from '../../hack/crds/upstream.ts';
import type { Suite } from './claims.ts';
import { supportedFeatures } from './controller.ts';
import { Pictures } from './pictures.ts';
import { Recorder } from './recorder.ts';
import { catalogueCommand, reportFile, suiteCommand } from './suite.ts';
import { SuiteRun, type TestRun } from './suite-run.ts';
import { type Catalogue, problems } from './verdict.ts';

export interface InsideOptions {
  readonly suite: Suite;
  readonly channel: Channel;
  readonly profiles: readonly string[];
  readonly tests: readonly string[];
  readonly version: string;
  readonly keep: boolean;
  readonly verbose: boolean;
  readonly credentials: string;
  /** Where the run's log, report and pictures of failures are written; it exists. */
  readonly directory: string;
}

async function main(options: InsideOptions): Promise<boolean> {
  const { suite, channel, profiles, tests, verbose, credentials, directory } = options;
  const logFile = join(directory, 'suite.log');
  const catalogue = await readCatalogue(suite, directory);
  const unknown = tests.filter((name) => !catalogue.tests.some((test) => test.name === name));
  if (unknown.length > 0) throw new Error(`the suite has no test named ${unknown.join(', ')}`);

  const client = new ApiClient(credentials);
  const ended = new AbortController();
  const recorder = await Recorder.start(client, ended.signal);
  const pictures = new Pictures({ client, recorder, directory: join(directory, 'failures') });
  const run = new SuiteRun({
    line: ({ text }) => {
      appendFileSync(logFile, `${text}\n`);
      if (verbose) console.log(text);
    },
    failing: () => pictures.look(),
    ended: (test) => tell(test, pictures),
  });
  pictures.watch(() => run.running(), ended.signal);

  const code = await runSuite(suiteCommand({ ...options, report: reportFile(directory) }), run);
  const supported = await supportedFeatures(client);
  await pictures.done();
  ended.abort();
  client.close();

  const outcomes = new Map(
    run.tests().flatMap(({ name, outcome }) => outcome === undefined ? [] : [[name, outcome] as const]),
  );
  const found = problems({ catalogue, channel, profiles, tests, outcomes, supported });
  const around = run.around.lines.filter(({ error }) => error).map(({ text }) => text.trim());
  if (around.length > 0) found.push(`the suite failed around its tests:\n${around.join('\n')}`);
  if (found.length === 0 && code !== 0) found.push(`the suite ended with exit code ${code}; see ${logFile}`);
  if (outcomes.size === 0) found.push(`no test ran; see ${logFile}`);
  summarise({ catalogue, outcomes, found, logFile });
  return found.length === 0;
}

async function readCatalogue(suite: Suite, directory: string): Promise<Catalogue> {
  const file = join(directory, 'catalogue.json');
  const [command = '', ...args] = catalogueCommand(suite);
  const child = spawn(command, args, { env: { ...process.env, CATALOGUE: file }, stdio: 'ignore' });
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return JSON.parse(readFileSync(file, 'utf8')) as Catalogue;
}

async function runSuite(command: readonly string[], run: SuiteRun): Promise<number> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', (text: string) => run.feed(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => run.feed(text));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  run.end();
  return code;
}

const WORDS = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' };

function tell(test: TestRun, pictures: Pictures): void {
  const { name, outcome, seconds = 0 } = test;
  if (outcome === undefined || name === '') return;
  // Most are of features of other profiles; the verdict says which should not have been.
  if (outcome !== 'skipped') {
    console.log(`${WORDS[outcome]}  ${name.padEnd(60)}${seconds.toFixed(1).padStart(7)} s`);
  }
  if (outcome === 'failed') pictures.take(test);
}

interface Summary {
  readonly catalogue: Catalogue;
  readonly outcomes: ReadonlyMap<string, string>;
  readonly found: readonly string[];
  readonly logFile: string;
}

function summarise({ catalogue, outcomes, found, logFile }: Summary): void {
  const count = (wanted: string): number =>
    Array.from(outcomes.values()).filter((it) => it === wanted).length;
  const provisional = catalogue.tests.filter(({ name, provisional }) =>
    provisional && outcomes.get(name) === 'passed'
  );
  console.log(
    `${count('passed')} passed (${provisional.length} of them provisional), ${count('failed')} failed, ` +
      `${count('skipped')} skipped; the suite's log: ${logFile}`,
  );
  for (const problem of found) console.log(`PROBLEM  ${problem}`);
}

try {
  process.exitCode = await main(JSON.parse(process.argv[2] ?? '{}') as InsideOptions) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

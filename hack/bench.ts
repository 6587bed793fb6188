/**
 * `npm run bench`: what one change costs the controller and how soon a real Envoy serves it, beside the floor: bare loops
 * that send the same and translate nothing.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { findEnvoy } from '../lib/proxy/binary.ts';
import { bars, count, missed } from './bench/bars.ts';
import { measure, type Scenario, type ScenarioResult } from './bench/measure.ts';
import { barTable, scaling, scenarioTable } from './bench/report.ts';
import { CONCURRENCY } from './bench/stand.ts';
import type { Layout } from './bench/workload.ts';

const HELP = `npm run bench -- [OPTIONS]

Measures cold load and single changes of N HTTPRoutes, each with a Service and an EndpointSlice, through real Envoys.
Beside it, in the same run and with samples interleaved, the floor: bare xDS loops over RDS and over VHDS.

  --routes N[,N]       numbers of routes (default 1000,5000,10000)
  --layout NAME        own-hostnames or one-hostname (default: both)
  --samples N          samples of each change (default 100; twice that for 5000 routes on their own hostnames)
  --json FILE          where results go as JSON (default bench-results.json)
  --check              exit with 1 if a bar is missed
  --envoy PATH         the Envoy binary (default: the one of the set-up)
  --node-arg ARG       for the controller's Node, such as --cpu-prof; may be repeated
  --help

"own" is change seen to xDS bytes handed to the stream, "served" is change seen to Envoy's first answer that shows it, asked
about once a millisecond. CPU is the controller's, with the proxy's acknowledgement. Times are ms, MB are 10^6 bytes.`;

const { values: flags } = parseArgs({
  options: {
    routes: { type: 'string', default: '1000,5000,10000' },
    layout: { type: 'string' },
    samples: { type: 'string' },
    json: { type: 'string', default: 'bench-results.json' },
    check: { type: 'boolean', default: false },
    envoy: { type: 'string' },
    'node-arg': { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

const cleanup = new AsyncDisposableStack();

async function main(): Promise<void> {
  const envoy = findEnvoy({ path: flags.envoy });
  const started = performance.now();
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios()) {
    const name = `${count(scenario.routes)} routes, ${scenario.layout}`;
    const result = await measure(scenario, {
      envoy,
      nodeArgs: flags['node-arg'],
      progress: (what) => process.stderr.write(`[bench] ${name}: ${what}\n`),
      cleanup,
    });
    results.push(result);
    console.log(scenarioTable(result));
  }
  console.log(scaling(results));
  const verdicts = bars(results);
  console.log(barTable(verdicts));
  writeFileSync(
    flags.json,
    JSON.stringify({ ...facts(results), seconds: seconds(started), results, bars: verdicts }, null, 2) + '\n',
  );
  console.log(`\nDone in ${seconds(started)} s. Results: ${flags.json}`);
  if (flags.check && verdicts.some(missed)) process.exitCode = 1;
}

function scenarios(): Scenario[] {
  const layouts = flags.layout === undefined ? ['own-hostnames', 'one-hostname'] : [flags.layout];
  return flags.routes.split(',').flatMap((number) => {
    const routes = positive(number, '--routes');
    return layouts.map((layout): Scenario => {
      if (!isLayout(layout)) throw new UsageError(`--layout is own-hostnames or one-hostname, not ${layout}`);
      const many = routes === 5_000 && layout === 'own-hostnames' ? 200 : 100;
      const samples = flags.samples === undefined ? many : positive(flags.samples, '--samples');
      return { routes, layout, samples };
    });
  });
}

function isLayout(name: string): name is Layout {
  return name === 'own-hostnames' || name === 'one-hostname';
}

function positive(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`${flag} takes a positive number, not ${text}`);
  }
  return number;
}

class UsageError extends Error {}

function facts(results: readonly ScenarioResult[]): object {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memory: totalmem(),
    node: process.version,
    envoy: results[0]?.envoyVersion,
    envoyConcurrency: CONCURRENCY,
    nodeArgs: flags['node-arg'],
  };
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}

if (flags.help) {
  console.log(HELP);
} else {
  // The second signal ends this process at once; guards and closed channels end the rest then.
  let stopped = false;
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.once(signal, () => {
      stopped = true;
      void cleanup.disposeAsync().finally(() => process.exit(128 + number));
    });
  }
  try {
    await main();
  } catch (error) {
    // What is stopped halfway complains that its connections are gone.
    if (!stopped) {
      if (!(error instanceof UsageError)) throw error;
      console.error(error.message);
      process.exitCode = 2;
    }
  } finally {
    await cleanup.disposeAsync();
  }
}

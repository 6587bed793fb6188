/**
 * `npm run bench`: what one change costs the controller and how soon a real Envoy serves it. Without a cluster it is shown
 * beside the floor, bare loops that send the same and translate nothing; in Kubernetes from `apply` to answer and status.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { findEnvoy } from '../lib/proxy/binary.ts';
import { missed } from './bench/bars.ts';
import { benchKubernetes, benchStandalone, type Machinery, type Outcome } from './bench/modes.ts';
import { scenarios, UsageError } from './bench/options.ts';
import { barTable } from './bench/report.ts';
import { CONCURRENCY } from './bench/stand.ts';

const HELP = `npm run bench -- [OPTIONS]

Measures cold load and single changes of N HTTPRoutes, each with a Service and an EndpointSlice, through real Envoys.
Beside it, in the same run and with samples interleaved, the floor: bare xDS loops over RDS and over VHDS.

With --kubernetes it measures \`dragoman run --kubernetes\` instead, in a cluster of its own for each N: etcd, API server,
controller, Envoy. Needs root and Linux.

  --routes N[,N]       numbers of routes (default 1000,5000,10000; 1000,5000 in Kubernetes)
  --layout NAME        own-hostnames or one-hostname (default: both; always own-hostnames in Kubernetes)
  --streams N          besides, N TCPRoutes, each on the TCP listener of a ListenerSet of its own (default: 2500 in one more
                       run with 5000 routes; never in Kubernetes)
  --samples N          samples of each change (default 100; twice that for 5000 routes on their own hostnames)
  --json FILE          where results go as JSON (default bench-results.json)
  --check              exit with 1 if a bar is missed
  --envoy PATH         the Envoy binary (default: the one of the set-up)
  --node-arg ARG       for the controller's Node, such as --cpu-prof; may be repeated
  --help

"own" is change seen to xDS bytes handed to the stream, "served" is change seen to Envoy's first answer that shows it, asked
about once a millisecond. CPU is the controller's, with the proxy's acknowledgement. Times are ms, MB are 10^6 bytes.

In Kubernetes a change begins the moment before its first object is sent to the API server. "served" ends with Envoy's first
answer that shows it, "status" when a watch tells of the status. Where all are applied, both begin with the last answer of the
API server. CPU includes the writing of statuses. What is counted by part is counted under constant load.`;

const { values: flags } = parseArgs({
  options: {
    kubernetes: { type: 'boolean', default: false },
    routes: { type: 'string' },
    layout: { type: 'string' },
    samples: { type: 'string' },
    streams: { type: 'string' },
    json: { type: 'string', default: 'bench-results.json' },
    check: { type: 'boolean', default: false },
    envoy: { type: 'string' },
    'node-arg': { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

const cleanup = new AsyncDisposableStack();

async function main(): Promise<void> {
  const planned = scenarios(flags);
  const started = performance.now();
  const machinery: Machinery = {
    envoy: findEnvoy({ path: flags.envoy }),
    nodeArgs: flags['node-arg'],
    progress: (what) => process.stderr.write(`[bench] ${what}\n`),
    cleanup,
  };
  const bench = flags.kubernetes ? benchKubernetes : benchStandalone;
  const outcome = await bench(planned, machinery);
  console.log(barTable(outcome.bars));
  writeFileSync(
    flags.json,
    JSON.stringify({ ...facts(outcome), seconds: seconds(started), ...outcome }, null, 2) + '\n',
  );
  console.log(`\nDone in ${seconds(started)} s. Results: ${flags.json}`);
  if (flags.check && outcome.bars.some(missed)) process.exitCode = 1;
}

function facts({ results }: Outcome): object {
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

/** `npm run cluster`: Kubernetes clusters for tests and for trying things out. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Cluster, signal } from './cluster.ts';
import { programDirectories } from './programs.ts';
import { clusterNames } from './run-directory.ts';

const HELP = `npm run cluster -- COMMAND [OPTIONS]

A Kubernetes cluster of one node in namespaces of its own: etcd, API server, controller manager, kube-proxy and an agent that
runs pods as processes. Needs root and Linux. It lives until it is told to end.

  up                   start one; prints READY and the path of its kubeconfig
  exec -- CMD ARGS     run a program inside it: KUBECONFIG is set, kubectl is on the PATH
  down                 end it and all that runs inside
  status               the clusters that there are
  build                build every program that clusters and the conformance suite run, if it is not there; takes long once

  --name NAME          which one (default: dragoman)
  --channel CHANNEL    up: standard, experimental (default) or none: the Gateway API definitions to install
  --foreground         up: stay, and end it on a signal or when this process is killed
  --help`;

/** An error whose message is all that the user needs. */
class UsageError extends Error {}

interface Flags {
  readonly name: string;
  readonly channel: string;
  readonly foreground: boolean;
}

const COMMANDS: Readonly<Record<string, (flags: Flags, command: readonly string[]) => Promise<number>>> = {
  up,
  exec,
  down,
  status,
  build,
};

async function up({ name, channel, foreground }: Flags): Promise<number> {
  if (channel !== 'standard' && channel !== 'experimental' && channel !== 'none') {
    throw new UsageError(`--channel is standard, experimental or none, not ${channel}`);
  }
  const told = new AbortController();
  const end = new Promise<void>((resolve) => told.signal.addEventListener('abort', () => resolve()));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => told.abort(new Error('told to end')));
  }
  const cluster = await Cluster.start({
    name,
    channel,
    detached: !foreground,
    signal: told.signal,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  console.log(`READY\nKUBECONFIG=${cluster.kubeconfig}`);
  if (!foreground) return 0;
  await end;
  await cluster.stop();
  return 0;
}

async function exec({ name }: Flags, command: readonly string[]): Promise<number> {
  if (command.length === 0) throw new UsageError('what is to run? npm run cluster -- exec -- CMD ARGS');
  const child = running(name).spawn(command, { stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A terminal sends SIGINT to the whole group itself.
      if (name !== 'SIGINT' || !process.stdin.isTTY) signal(child, name);
    });
  }
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function down({ name }: Flags): Promise<number> {
  await running(name).stop();
  return 0;
}

function status(): Promise<number> {
  for (const name of clusterNames()) {
    const cluster = Cluster.find(name);
    console.log(`${name.padEnd(24)}${cluster === undefined ? 'ended' : `KUBECONFIG=${cluster.kubeconfig}`}`);
  }
  return Promise.resolve(0);
}

function build(): Promise<number> {
  // By the set-up, before this program started.
  console.log(`Built: ${programDirectories().join(', ')}`);
  return Promise.resolve(0);
}

function running(name: string): Cluster {
  const cluster = Cluster.find(name);
  if (cluster === undefined) throw new UsageError(`no cluster named ${name} is running`);
  return cluster;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      name: { type: 'string', default: 'dragoman' },
      channel: { type: 'string', default: 'experimental' },
      foreground: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [name = '', ...command] = positionals;
  const run = COMMANDS[name];
  if (values.help || run === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  return await run(values, command);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

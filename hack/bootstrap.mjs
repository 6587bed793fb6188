// The one entry of every npm script: sets up what is missing, then runs the command with the project's own Node or Deno.
// Runs on Node 20 and Deno, without dependencies.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from './check.mjs';
import { clusterPrograms } from './cluster-programs.mjs';
import { cachedEnvoy } from './envoy-binary.mjs';
import { setUp } from './setup.mjs';
import { run, SetupError } from './step.mjs';
import { test, testCluster } from './test.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the test cluster runs, and what one needs to look into it. */
const CLUSTER = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kubectl', 'echo-basic'];

/** Those that no option is needed for. */
const USUAL = [...CLUSTER, 'helm', 'conformance.test'];

const API_SERVER = ['etcd', 'kube-apiserver'];

/**
 * `envoy`: whether the command needs the binary, given its arguments. `programs`: those of the test cluster that it needs,
 * given the same. `http3`: set if it needs the client of tests.
 */
const COMMANDS = {
  setup: {
    envoy: always,
    http3: true,
    run: () => console.log(`Ready. Envoy: ${cachedEnvoy() ?? process.env.DRAGOMAN_ENVOY}`),
  },
  start: { envoy: unlessNamed, run: (args) => runTypeScript('lib/cli/main.ts', ['start', ...args]) },
  dragoman: { envoy: ifItRuns, run: (args) => runTypeScript('lib/cli/main.ts', args) },
  test: { envoy: always, http3: true, run: (args) => test(root, args) },
  'test:cluster': {
    envoy: always,
    http3: true,
    programs: testPrograms,
    run: (args) => testCluster(root, args),
  },
  check: { envoy: never, run: () => check(root) },
  'check:crds': { envoy: never, run: (args) => runTypeScript('hack/check-crds.ts', args) },
  'check:manifests': {
    envoy: never,
    programs: () => ['helm', 'kubectl'],
    run: () => runTypeScript('hack/check-manifests.ts', []),
  },
  build: { envoy: never, run: (args) => runTypeScript('hack/build.ts', args) },
  bench: {
    envoy: always,
    programs: (args) => args.includes('--kubernetes') && !args.includes('--help') ? API_SERVER : [],
    run: (args) => runTypeScript('hack/bench.ts', args),
  },
  cluster: {
    envoy: always,
    programs: programsOf,
    run: (args) => runTypeScript('conformance/cluster/main.ts', args),
  },
  conformance: {
    envoy: unlessHelp,
    programs: suitePrograms,
    run: (args) => runTypeScript('conformance/upstream/main.ts', args),
  },
  generate: { envoy: never, run: () => console.log('lib/envoy/gen is up to date.') },
};

async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new SetupError(`usage: node hack/bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [ARGS]`);
  }
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(
      `Node ${process.versions.node} is too old to set the project up; install Node 20 or later`,
    );
  }
  if (process.platform === 'win32') throw new SetupError('Windows is not supported; use WSL');
  await setUp(root, { envoy: command.envoy(args), http3: command.http3 });
  const programs = command.programs?.(args) ?? [];
  // Once for all that it starts.
  if (programs.length > 0) process.env.DRAGOMAN_CLUSTER_PROGRAMS = await clusterPrograms(root, programs);
  const code = await command.run(args);
  process.exitCode = typeof code === 'number' ? code : 0;
}

/**
 * V8's young generation may otherwise take 130 MB, for good once a first commit has filled it; a smaller one costs no time.
 * The benchmark runs its controller alike.
 */
const NODE_ARGS = ['--min-semi-space-size=4', '--max-semi-space-size=4'];

/** Under `deno task` the command runs on Deno too. */
function runTypeScript(file, args) {
  const path = join(root, file);
  return globalThis.Deno === undefined
    ? run(join(root, 'node_modules/.bin/node'), [...NODE_ARGS, path, ...args])
    : run(process.execPath, ['run', '-A', path, ...args]);
}

function always() {
  return !process.env.DRAGOMAN_ENVOY;
}

function never() {
  return false;
}

/** Nothing is built that a command of `npm run cluster` does without: it takes long. */
function programsOf([command, ...rest]) {
  if (rest.includes('--help')) return [];
  return { build: USUAL, up: CLUSTER, exec: CLUSTER }[command] ?? [];
}

/** Emissary's webhook only where its test is run. */
function testPrograms(args) {
  if (args.includes('--help')) return [];
  const emissary = args.length === 0 || args.some((part) => part.includes('emissary'));
  return emissary ? [...CLUSTER, 'emissary-apiext'] : CLUSTER;
}

/** Suites before the newest only where they are asked for. */
function suitePrograms(args) {
  if (args.includes('--help')) return [];
  const before = args.includes('--matrix') || args.some((arg) => arg.includes('v1.6.3'));
  return [...CLUSTER, 'conformance.test', ...(before ? ['conformance-v1.6.3.test', 'coredns'] : [])];
}

function unlessHelp(args) {
  return always() && !args.includes('--help');
}

function unlessNamed(args) {
  return always() && !args.some((arg) => arg === '--envoy' || arg.startsWith('--envoy='));
}

function ifItRuns(args) {
  return ['run', 'start'].includes(args[0]) && !args.includes('--help') && unlessNamed(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}

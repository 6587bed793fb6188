/**
 * The inside of a cluster: `boot.ts DIRECTORY [--crds FOLDER] [--api-server-only]`, started in namespaces of its own with the
 * run directory, and with the folder of the definitions to install. Everything it starts ends with it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readFolder } from '../../hack/crds/upstream.ts';
import { ApiClient } from './api-client.ts';
import {
  apiServer,
  controllerManager,
  etcd,
  kubeProxy,
  kubeProxyConfig,
  kubeProxyFile,
} from './components.ts';
import { applyCRDs } from './crds.ts';
import { writeCredentials } from './credentials.ts';
import { setUpNodeNetwork } from './node-network.ts';
import { NODE_NAME } from './addresses.ts';
import { type RunDirectory, runDirectoryAt } from './run-directory.ts';
import { supervise, type SuperviseOptions } from './supervise.ts';

const AGENT = fileURLToPath(new URL('agent/main.ts', import.meta.url));

/** How often a part of the control plane may end before it is given up. */
const ATTEMPTS = 3;

const started = performance.now();

interface BootOptions {
  readonly crds?: string | undefined;
  readonly apiServerOnly: boolean;
}

async function boot(directory: RunDirectory, { crds, apiServerOnly }: BootOptions): Promise<void> {
  mountVolatile(directory.volatile);
  // Where `ip` keeps network namespaces: not with the machine's own.
  mountVolatile('/run/netns');
  await writeCredentials(directory.credentials);
  await setUpNodeNetwork();
  const { logs } = directory;
  let ready = false;
  const ended = (name: string, times: number): void => {
    // Later it is a test that ends it.
    if (!ready && times === ATTEMPTS) fail(new Error(`${name} cannot be started:\n${lastLines(logs, name)}`));
  };
  supervise(etcd(directory), { directory, ended });
  supervise(apiServer(directory), { directory, ended });

  const client = new ApiClient(directory.credentials);
  await answered(client, '/readyz');
  say('the API server is ready');
  if (!apiServerOnly) startNode(directory, ended);
  if (crds !== undefined) {
    await applyCRDs(client, readFolder(crds));
    say(`Gateway API, ${basename(crds)} channel`);
  }
  if (!apiServerOnly) {
    await answered(client, '/api/v1/namespaces/default/serviceaccounts/default');
    await answered(client, `/api/v1/nodes/${NODE_NAME}`);
  }
  client.close();
  say('READY');
  ready = true;
  writeFileSync(directory.ready, '');
}

/** Controllers, and a node with what acts on it. */
function startNode(directory: RunDirectory, ended: SuperviseOptions['ended']): void {
  const { logs } = directory;
  supervise(controllerManager(directory), { directory, ended });
  writeFileSync(kubeProxyFile(directory), kubeProxyConfig(directory));
  supervise(kubeProxy(directory), { directory, ended });
  supervise({ name: 'agent', command: [process.execPath, AGENT, directory.path] }, {
    directory,
    // The pods were its children, so nothing is left to go on with.
    ended: (name) => fail(new Error(`the node agent ended:\n${lastLines(logs, name)}`)),
  });
}

function mountVolatile(path: string): void {
  mkdirSync(path, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tmpfs cannot be mounted on ${path}: ${stderr}`);
}

/** Resolves once the path answers. */
async function answered(client: ApiClient, path: string): Promise<void> {
  for (;;) {
    try {
      await client.request(path);
      return;
    } catch {
      await sleep(50);
    }
  }
}

function lastLines(logs: string, name: string): string {
  return readFileSync(join(logs, `${name}.log`), 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

function say(what: string): void {
  console.log(`[cluster] ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${what}`);
}

function fail(error: unknown): never {
  console.log(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

const { values, positionals: [path] } = parseArgs({
  options: { 'crds': { type: 'string' }, 'api-server-only': { type: 'boolean', default: false } },
  allowPositionals: true,
});
if (path === undefined) fail(new Error('usage: boot.ts DIRECTORY [--crds FOLDER] [--api-server-only]'));
boot(runDirectoryAt(path), { crds: values.crds, apiServerOnly: values['api-server-only'] }).catch(fail);

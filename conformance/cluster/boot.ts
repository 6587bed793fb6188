/**
 * The inside of a cluster: started in namespaces of its own with the run directory as argument, and the folder of the
 * definitions to install, if any. Everything it starts ends with it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
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
import { supervise } from './supervise.ts';

const AGENT = fileURLToPath(new URL('agent/main.ts', import.meta.url));

/** How often a part of the control plane may end before it is given up. */
const ATTEMPTS = 3;

const started = performance.now();

async function boot(directory: RunDirectory, crds: string | undefined): Promise<void> {
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
  supervise(etcd(directory), { logs, ended });
  supervise(apiServer(directory), { logs, ended });

  const client = new ApiClient(directory.credentials);
  await answered(client, '/readyz');
  say('the API server is ready');
  supervise(controllerManager(directory), { logs, ended });
  writeFileSync(kubeProxyFile(directory), kubeProxyConfig(directory));
  supervise(kubeProxy(directory), { logs, ended });
  supervise({ name: 'agent', command: [process.execPath, AGENT, directory.path] }, {
    logs,
    // The pods were its children, so nothing is left to go on with.
    ended: (name) => fail(new Error(`the node agent ended:\n${lastLines(logs, name)}`)),
  });
  if (crds !== undefined) {
    await applyCRDs(client, readFolder(crds));
    say(`Gateway API, ${basename(crds)} channel`);
  }
  await answered(client, '/api/v1/namespaces/default/serviceaccounts/default');
  await answered(client, `/api/v1/nodes/${NODE_NAME}`);
  client.close();
  say('READY');
  ready = true;
  writeFileSync(directory.ready, '');
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

const [path, crds] = process.argv.slice(2);
if (path === undefined) fail(new Error('usage: boot.ts DIRECTORY [CRDS]'));
boot(runDirectoryAt(path), crds).catch(fail);

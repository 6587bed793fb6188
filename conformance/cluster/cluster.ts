import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Channel, crdFolder, upstreamFolder } from '../../hack/crds/upstream.ts';
import { searchPath } from './programs.ts';
import {
  clusterNames,
  innerPid,
  livingPid,
  NAME_PATTERN,
  type RunDirectory,
  runDirectory,
  writePid,
} from './run-directory.ts';

const BOOT = fileURLToPath(new URL('boot.ts', import.meta.url));

/** Ends when the command does, and takes care of whatever loses its parent: Node as the first process would not. */
const INIT = ['sh', '-c', '"$@" & wait $!', 'init'];

export interface StartOptions {
  /** Part of a directory's name; clusters with different names live side by side. */
  readonly name: string;
  /** Of the Gateway API's definitions that are installed. */
  readonly channel: Channel | 'none';
  /** Their release, such as `v1.7.0`; by default the one that lib/api follows. */
  readonly gatewayApi?: string;
  /** Etcd and the API server, and nothing that acts on objects: no controllers, no pods. */
  readonly apiServerOnly?: boolean;
  /** It outlives this process. Otherwise it ends with it, whatever ends it. */
  readonly detached?: boolean;
  /** Gives up a start. */
  readonly signal?: AbortSignal;
  /** Told each line that the cluster says while it starts. */
  readonly progress?: (line: string) => void;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Kubernetes cluster of one node in namespaces of its own: nothing of it is seen or reached from outside but by `spawn`. */
export class Cluster implements AsyncDisposable {
  readonly name: string;
  readonly directory: RunDirectory;
  readonly #pid: number;

  private constructor(name: string, pid: number) {
    this.name = name;
    this.directory = runDirectory(name);
    this.#pid = pid;
  }

  /** Resolves once the control plane and the node are ready. Rejects if one of that name is there, or if it cannot start. */
  static async start(
    { name, channel, gatewayApi, apiServerOnly = false, detached = false, signal, progress = () => {} }:
      StartOptions,
  ): Promise<Cluster> {
    if (!NAME_PATTERN.test(name)) throw new Error(`not a name for a cluster: ${name}`);
    if (process.getuid?.() !== 0) throw new Error('a cluster needs root, for namespaces and mounts');
    // Before anything else: inside there is no network to download it from.
    const crds = channel === 'none' ? undefined : crdFolder(upstreamFolder(gatewayApi), channel);
    const directory = claim(name);
    const child = launch(directory, { crds, apiServerOnly, detached });
    if (child.pid === undefined) throw new Error('setpriv could not be started; it is part of util-linux');
    writePid(directory, child.pid);
    const cluster = new Cluster(name, child.pid);
    try {
      await cluster.#booted(progress, signal);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    if (detached) child.unref();
    return cluster;
  }

  /** The running cluster of that name. */
  static find(name: string): Cluster | undefined {
    const pid = livingPid(runDirectory(name));
    return pid === undefined ? undefined : new Cluster(name, pid);
  }

  /** The administrator's; its address is reached inside the namespaces only. */
  get kubeconfig(): string {
    return this.directory.kubeconfig;
  }

  /**
   * Starts a program inside the cluster's network, mount and process namespaces, with KUBECONFIG set and the cluster's programs
   * on its PATH. It ends with the cluster, and with the child that this returns, which passes on no signals: see `signal`.
   */
  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const inner = innerPid(this.#pid);
    if (inner === undefined) throw new Error(`the cluster ${this.name} has ended`);
    const enter = [
      `--target=${inner}`,
      '--net',
      '--mount',
      '--pid',
      '--wdns=' + (options.cwd ?? process.cwd()),
    ];
    return spawn('nsenter', [...enter, '--', 'setpriv', '--pdeathsig', 'KILL', '--', ...command], {
      ...options,
      env: { ...(options.env ?? process.env), PATH: searchPath(), KUBECONFIG: this.kubeconfig },
    });
  }

  /** Runs a program to its end, as `spawn` does. `input` is what it reads. */
  async run(command: readonly string[], input?: string): Promise<Output> {
    const child = this.spawn(command, { stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('a pipe is missing');
    stdin.on('error', () => {/* It does not read. */});
    stdin.end(input);
    const code = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
    const [out, err] = await Promise.all([text(stdout), text(stderr)]);
    return { code: await code, stdout: out, stderr: err };
  }

  /** What `kubectl` prints. Rejects with what it complains of if it fails. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(['kubectl', ...args], input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed:\n${stderr.trim()}`);
    return stdout;
  }

  /** Sends a signal to a part of the control plane, such as `etcd`; if that ends it, it starts again. */
  async signalPart(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.signalProcess(Number(readFileSync(join(this.directory.pids, name), 'utf8')), signal);
  }

  /** Sends a signal to a process by its id inside the namespaces. */
  async signalProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
    const number = constants.signals[signal];
    const { code, stderr } = await this.run(['sh', '-c', `kill -${number} ${pid}`]);
    if (code !== 0) throw new Error(`${signal} does not reach process ${pid}: ${stderr.trim()}`);
  }

  /** Ends everything and removes the directory. */
  async stop(): Promise<void> {
    // The first process of the namespaces dies with it, and so does all inside.
    kill(this.#pid);
    while (livingPid(this.directory) !== undefined) await sleep(20);
    rmSync(this.directory.path, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #booted(progress: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
    let told = 0;
    for (;;) {
      const ready = existsSync(this.directory.ready);
      const alive = livingPid(this.directory) !== undefined;
      const said = readFileSync(this.directory.bootLog, 'utf8');
      const end = said.lastIndexOf('\n') + 1;
      for (const line of said.slice(told, end).split('\n')) if (line !== '') progress(line);
      told = Math.max(told, end);
      signal?.throwIfAborted();
      if (ready) return;
      if (!alive) throw new Error(`the cluster ${this.name} did not start:\n${said.trim()}`);
      await sleep(50);
    }
  }
}

/** Sends a signal to what `Cluster.spawn` started, rather than to the program that entered the namespaces for it. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  const pid = child.pid === undefined ? undefined : innerPid(child.pid);
  try {
    if (pid !== undefined) process.kill(pid, name);
    else child.kill(name);
  } catch {
    // It has just ended.
  }
}

/** The directory of a new cluster; what killed ones have left goes. */
function claim(name: string): RunDirectory {
  const directory = runDirectory(name);
  if (livingPid(directory) !== undefined) throw new Error(`a cluster named ${name} is running already`);
  for (const other of clusterNames().map(runDirectory)) {
    // One without the file is only just being made.
    if (existsSync(other.pid) && livingPid(other) === undefined) {
      rmSync(other.path, { recursive: true, force: true });
    }
  }
  rmSync(directory.path, { recursive: true, force: true });
  mkdirSync(directory.path, { recursive: true, mode: 0o700 });
  mkdirSync(directory.logs);
  mkdirSync(directory.pids);
  return directory;
}

interface LaunchOptions {
  /** The folder of the definitions to install. */
  readonly crds: string | undefined;
  readonly apiServerOnly: boolean;
  readonly detached: boolean;
}

function launch(
  directory: RunDirectory,
  { crds, apiServerOnly, detached }: LaunchOptions,
): ChildProcess {
  const log = openSync(directory.bootLog, 'a');
  const isolate = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // Ends with this process, unless it is to stay.
  const args = [
    ...(detached ? [] : ['--pdeathsig', 'KILL']),
    '--',
    ...isolate,
    ...INIT,
    process.execPath,
    BOOT,
    directory.path,
    ...(crds === undefined ? [] : [`--crds=${crds}`]),
    ...(apiServerOnly ? ['--api-server-only'] : []),
  ];
  const child = spawn('setpriv', args, {
    cwd: '/',
    stdio: ['ignore', log, log],
    // No signal of a terminal reaches it: whoever started it ends it in order.
    detached: true,
    env: { ...process.env, PATH: searchPath() },
  });
  child.on('error', () => {/* Told by the missing process id. */});
  closeSync(log);
  return child;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

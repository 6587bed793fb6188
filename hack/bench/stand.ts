import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EnvoyProcess } from '../../lib/proxy/process.ts';
import { bootstrap } from '../../lib/proxy/bootstrap.ts';
import { freePort } from '../../lib/testing/free-port.ts';
import type { Change, Changed, Loaded, Request, Usage } from './messages.ts';
import { NODE_ARGS } from './node-args.ts';
import { Prober } from './probe.ts';
import type { Workload } from './workload.ts';

export type Contender = 'dragoman' | 'rds' | 'vhds';

export interface StandOptions {
  readonly contender: Contender;
  readonly workload: Omit<Workload, 'port'>;
  readonly envoy: string;
  /** For the controller's Node. */
  readonly nodeArgs: readonly string[];
}

/** Worker threads of each Envoy. */
export const CONCURRENCY = 1;

/** One controller in a process of its own with an Envoy of its own, and a connection that asks that Envoy. */
export class Stand implements AsyncDisposable {
  readonly contender: Contender;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #envoy: EnvoyProcess;
  readonly #port: number;
  #prober: Prober | undefined;
  #stopping = false;

  private constructor(
    contender: Contender,
    running: { child: ChildProcess; ended: Promise<void>; envoy: EnvoyProcess; port: number },
  ) {
    this.contender = contender;
    this.#child = running.child;
    this.#ended = running.ended;
    this.#envoy = running.envoy;
    this.#port = running.port;
  }

  /** Resolves when Envoy runs; it gets nothing before `load()`. */
  static async start({ contender, workload, envoy: binary, nodeArgs }: StandOptions): Promise<Stand> {
    const port = await freePort();
    const file = contender === 'dragoman' ? 'subject.ts' : 'floor.ts';
    const child = fork(
      fileURLToPath(new URL(file, import.meta.url)),
      [JSON.stringify({ ...workload, port } satisfies Workload), contender],
      { execArgv: ['--expose-gc', ...NODE_ARGS, ...contender === 'dragoman' ? nodeArgs : []] },
    );
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    try {
      const xdsPort = await reply<number>(child, contender);
      const envoy = new EnvoyProcess({
        binary,
        bootstrap: (admin) =>
          bootstrap({
            node: { id: contender, cluster: 'bench' },
            admin,
            xds: { host: '127.0.0.1', port: xdsPort },
          }),
        concurrency: CONCURRENCY,
        logLevel: 'warn',
        drainMs: 0,
      });
      await envoy.start();
      return new Stand(contender, { child, ended, envoy, port });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  load(): Promise<Loaded> {
    return this.#ask({ ask: 'load' });
  }

  change(change: Change): Promise<Changed> {
    return this.#ask({ ask: 'change', change });
  }

  /** User and system time of the controller since its start, ms. */
  cpu(): Promise<number> {
    return this.#ask({ ask: 'cpu' });
  }

  usage(): Promise<Usage> {
    return this.#ask({ ask: 'usage' });
  }

  /** The connection to Envoy; waits for its listener the first time. */
  async prober(): Promise<Prober> {
    this.#prober ??= await Prober.open(this.#port, { timeoutMs: 120_000 });
    return this.#prober;
  }

  /** One counter or gauge of Envoy. */
  async stat(name: string): Promise<number> {
    const { body } = await this.#envoy.request(`/stats?filter=${encodeURIComponent(`^${name}$`)}`);
    return Number(/: (\d+)/.exec(body)?.[1] ?? NaN);
  }

  /** Name and version of Envoy as it says them itself. */
  async version(): Promise<string> {
    const { body } = await this.#envoy.request('/server_info');
    return (JSON.parse(body) as { version: string }).version;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping) return this.#ended;
    this.#stopping = true;
    this.#prober?.close();
    await this.#envoy.stop();
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(force);
  }

  #ask<T>(request: Request): Promise<T> {
    const answer = reply<T>(this.#child, this.contender);
    // To a child that has just been told to end there is no channel: the answer's own rejection tells of it.
    this.#child.send(request, () => {});
    return answer;
  }
}

/** The next message of a controller; rejects if it ends instead, having said on stderr why. */
function reply<T>(child: ChildProcess, contender: Contender): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      child.off('message', said);
      reject(new Error(`the controller of "${contender}" ended with code ${code}`));
    };
    const said = (message: unknown): void => {
      child.off('exit', ended);
      resolve(message as T);
    };
    if (child.exitCode !== null) {
      ended(child.exitCode);
      return;
    }
    child.once('message', said);
    child.once('exit', ended);
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_ARGS } from '../node-args.ts';
import { now } from '../samples.ts';
import { total } from './counters.ts';
import { CONTROLLER_NAMESPACE, STATUS_PORT, XDS_PORT } from './place.ts';

const STATUS_API = `http://127.0.0.1:${STATUS_PORT}`;

const START_TIMEOUT_MS = 60_000;

export interface ControllerOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** For its Node. */
  readonly nodeArgs: readonly string[];
  /** A file that gets what it logs. */
  readonly log: string;
}

/** Sums over all lives of the controller. */
export interface ControllerCounts {
  readonly commits: number;
  /** Writes of the objects of Gateways. */
  readonly infrastructure: number;
}

/** `dragoman run --kubernetes` as a process of its own, as in a Pod: with the lease, and with the same name after a restart. */
export class Controller implements AsyncDisposable {
  readonly #options: ControllerOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #before: ControllerCounts = { commits: 0, infrastructure: 0 };
  #peakMemory = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  start(): void {
    const { program, kubeconfig, nodeArgs, log } = this.#options;
    const output = openSync(log, 'a');
    const child = this.#child = spawn(process.execPath, [
      ...NODE_ARGS,
      ...nodeArgs,
      program,
      'run',
      '--kubernetes',
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${CONTROLLER_NAMESPACE}`,
      '--pod-name=dragoman-0',
      '--xds-host=127.0.0.1',
      `--xds-address=127.0.0.1:${XDS_PORT}`,
      `--status-address=127.0.0.1:${STATUS_PORT}`,
      '--log-format=json',
    ], { stdio: ['ignore', output, output] });
    closeSync(output);
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Resolves when it serves proxies. Rejects with what it said last if it ends, or does not within a minute. */
  async ready(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const answer = await fetch(`${STATUS_API}/readyz`).catch(() => undefined);
      await answer?.text();
      if (answer?.ok === true) return;
      if (this.#child?.exitCode != null || performance.now() > deadline) {
        throw new Error(`the controller does not get ready:\n${this.#lastLines()}`);
      }
      await sleep(20);
    }
  }

  /** Processor time of all of its threads since its start, ms. */
  cpu(): number {
    const tasks = `/proc/${this.#pid}/task`;
    return readdirSync(tasks).reduce((sum, task) => {
      // User and system time come first, in ns.
      const [ns] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
      return sum + Number(ns) / 1e6;
    }, 0);
  }

  /** Bytes, the most that it was resident with in any of its lives. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN);
    this.#peakMemory = Math.max(this.#peakMemory, kilobytes * 1_024);
    return this.#peakMemory;
  }

  async counts(): Promise<ControllerCounts> {
    const text = await this.#metrics();
    return {
      commits: this.#before.commits + total(text, 'dragoman_graph_commits_total'),
      infrastructure: this.#before.infrastructure + total(text, 'dragoman_infrastructure_writes_total'),
    };
  }

  /** How many proxies are connected. */
  async streams(): Promise<number> {
    return total(await this.#metrics(), 'dragoman_xds_streams');
  }

  /** Ends it as a Pod is ended, or as a crash does. Resolves when it has ended, with the moment of the signal. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    this.peakMemory();
    this.#before = await this.counts();
    const at = now();
    this.#child?.kill(signal);
    await this.#exited;
    this.#child = undefined;
    return at;
  }

  /** Lines of its log that tell of something wrong. */
  complaints(): readonly string[] {
    return readFileSync(this.#options.log, 'utf8').split('\n').filter((line) =>
      /"level":"?(warn|error|fatal|[456]0)/.test(line)
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  get #pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the controller does not run');
    return pid;
  }

  async #metrics(): Promise<string> {
    return await (await fetch(`${STATUS_API}/metrics`)).text();
  }

  #lastLines(): string {
    return readFileSync(this.#options.log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  }
}

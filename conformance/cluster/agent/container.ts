import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { restartDelayMs, WELL_MS } from './back-off.ts';
import { handle, type Target } from './handler.ts';
import { LogBuffer } from './log-buffer.ts';
import type { Container } from './pod.ts';
import { probe } from './probe.ts';

/** As core/v1 ContainerState. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Terminated };

interface Terminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** Everything that must be computed anew for each start, since Secrets and the like change. */
export interface Launch {
  readonly command: readonly string[];
  readonly script: string;
  readonly target: Target;
}

export interface ContainerOptions {
  readonly container: Container;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Throws if it cannot be started now; the message says why. */
  launch(): Launch;
  /** Called after everything that the pod's status tells. */
  changed(): void;
}

const RETRY_MS = 1000;
/** What is left to a process after its hook used up the time. */
const LEAST_GRACE_MS = 2000;

/** One container of a pod: its process, started again when it ends, and what its probes say of it. */
export class ContainerRun {
  readonly container: Container;
  readonly log: LogBuffer = new LogBuffer();
  readonly #options: ContainerOptions;
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #last: ContainerState | undefined;
  #restarts = 0;
  /** Ends of the process in a row, none of which came late enough to be called well. */
  #ends = 0;
  #ready = false;
  #child: ChildProcess | undefined;
  #launch: Launch | undefined;
  /** Ends the probes of the present process. */
  #probes = new AbortController();
  readonly #stopped = new AbortController();

  constructor(options: ContainerOptions) {
    this.container = options.container;
    this.#options = options;
  }

  get state(): ContainerState {
    return this.#state;
  }

  get lastState(): ContainerState | undefined {
    return this.#last;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Of the process, in the cluster's process namespace. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it has ended for good, and how. */
  get exitCode(): number | undefined {
    if (!('terminated' in this.#state)) return undefined;
    const { exitCode } = this.#state.terminated;
    return this.#startsAgain(exitCode) ? undefined : exitCode;
  }

  start(): void {
    if (this.#stopped.signal.aborted) return;
    let launch: Launch;
    try {
      launch = this.#options.launch();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#set({ waiting: { reason: 'CreateContainerConfigError', message } });
      this.#later(RETRY_MS);
      return;
    }
    const [command = '', ...args] = launch.command;
    // A group of its own, so that what it leaves behind can be ended.
    const child = spawn(command, [...args, launch.script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.log.read(child.stdout);
    this.log.read(child.stderr);
    this.#child = child;
    this.#launch = launch;
    const startedAt = timestamp();
    const begun = performance.now();
    let told = false;
    const ended = (result: Pick<Terminated, 'exitCode' | 'signal'>): void => {
      if (told) return;
      told = true;
      endGroup(child);
      this.#child = undefined;
      this.#probes.abort();
      this.#ready = false;
      if (performance.now() - begun >= WELL_MS) this.#ends = 0;
      const reason = result.exitCode === 0 ? 'Completed' : 'Error';
      this.#ended({ ...result, reason, startedAt, finishedAt: timestamp() });
    };
    child.on('error', () => ended({ exitCode: 128 }));
    child.on('close', () => this.log.end());
    child.on('exit', (code, signal) => {
      const number = signal === null ? undefined : SIGNALS[signal] ?? 0;
      ended(number === undefined ? { exitCode: code ?? 1 } : { exitCode: 128 + number, signal: number });
    });
    this.#set({ running: { startedAt } });
    this.#observe(launch.target);
  }

  /** The hook, SIGTERM, and SIGKILL when the time is over. Resolves once the process has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    const child = this.#child;
    if (child === undefined || this.#launch === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const begun = performance.now();
    const { preStop } = this.container.lifecycle ?? {};
    if (preStop !== undefined && graceMs > 0) {
      const limit = AbortSignal.timeout(graceMs);
      await Promise.race([
        gone,
        handle(preStop, this.#launch.target, limit).catch((error: unknown) =>
          this.#note(`preStop: ${String(error)}`)
        ),
      ]);
    }
    child.kill('SIGTERM');
    const left = graceMs === 0 ? 0 : Math.max(graceMs - (performance.now() - begun), LEAST_GRACE_MS);
    const timer = setTimeout(() => endGroup(child), left);
    await gone;
    clearTimeout(timer);
  }

  #ended(terminated: Terminated): void {
    this.#ends += 1;
    if (this.#stopped.signal.aborted || !this.#startsAgain(terminated.exitCode)) {
      this.#set({ terminated });
      return;
    }
    this.#restarts += 1;
    this.#last = { terminated };
    const delay = restartDelayMs(this.#ends);
    const message = `back-off ${delay} ms after exit code ${terminated.exitCode}`;
    this.#set({ waiting: { reason: 'CrashLoopBackOff', message } });
    this.#later(delay);
  }

  #startsAgain(exitCode: number): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
  }

  #later(ms: number): void {
    if (ms === 0) {
      this.start();
      return;
    }
    sleep(ms, undefined, { signal: this.#stopped.signal }).then(
      () => this.start(),
      () => {/* Not any more. */},
    );
  }

  /** Readiness and liveness count from the moment when the startup probe has passed. */
  #observe(target: Target): void {
    this.#probes = new AbortController();
    const { signal } = this.#probes;
    const { startupProbe } = this.container;
    if (startupProbe === undefined) this.#observeStarted(target, signal);
    else {
      const changed = (passed: boolean, reason: string): void => {
        if (passed) this.#observeStarted(target, signal);
        else this.#unhealthy(`startup probe: ${reason}`);
      };
      void probe(startupProbe, { target, changed }, signal);
    }
  }

  #observeStarted(target: Target, signal: AbortSignal): void {
    const { readinessProbe, livenessProbe } = this.container;
    if (readinessProbe === undefined) this.#setReady(true);
    else {
      void probe(readinessProbe, {
        target,
        changed: (passed, reason) => {
          if (!passed && this.#ready) this.#note(`readiness probe: ${reason}`);
          this.#setReady(passed);
        },
      }, signal);
    }
    if (livenessProbe === undefined) return;
    const changed = (passed: boolean, reason: string): void => {
      if (!passed) this.#unhealthy(`liveness probe: ${reason}`);
    };
    void probe(livenessProbe, { target, changed }, signal);
  }

  #unhealthy(reason: string): void {
    this.#note(reason);
    const child = this.#child;
    if (child === undefined || this.#stopped.signal.aborted) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => endGroup(child), LEAST_GRACE_MS);
    child.once('exit', () => clearTimeout(timer));
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready || this.#child === undefined) return;
    this.#ready = ready;
    this.#options.changed();
  }

  #set(state: ContainerState): void {
    this.#state = state;
    this.#options.changed();
  }

  #note(text: string): void {
    this.log.add({ time: new Date(), text: `[node agent] ${text}` });
  }
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

/** As the API writes times: whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminRequest, type AdminRequestOptions, type AdminResponse } from './admin.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { envoyArguments } from './bootstrap-arguments.ts';
import type { Address, BootstrapJson } from './bootstrap-parts.ts';
import { drain } from './drain.ts';
import { LineSplitter, LOG_FORMAT, type LogLevel, type LogRecord, parseLogLine } from './log-line.ts';
import { type Guarded, spawnGuarded } from './watchdog.ts';

export interface EnvoyOptions {
  /** From `findEnvoy()`. */
  readonly binary: string;
  /** The bootstrap for an Envoy whose admin interface listens at `admin`. */
  readonly bootstrap: (admin: Address) => BootstrapJson;
  /** Where the admin interface listens; a Unix socket in a private directory unless told. Port 0 picks one. */
  readonly admin?: Address;
  /** Worker threads; one for each hardware thread unless told. */
  readonly concurrency?: number;
  readonly logLevel?: LogLevel;
  /** Each line of Envoy's standard output, where access logs go. */
  readonly onOutput?: (line: string) => void;
  /** Each line that Envoy logs. */
  readonly onLog?: (record: LogRecord) => void;
  /** Envoy ended without being asked to; it starts again after `restartInMs`. */
  readonly onCrash?: (crash: Crash) => void;
  /** How long `stop()` lets requests finish; 5 s unless told. */
  readonly drainMs?: number;
  /** How long connections of a changed or removed listener may live on; 10 min unless told, as Envoy does. */
  readonly listenerDrainMs?: number;
  readonly backoff?: Partial<BackoffOptions>;
}

export interface Crash {
  /** 128 plus the signal's number if a signal ended it. */
  readonly code: number;
  readonly restartInMs: number;
}

type State = 'new' | 'running' | 'waiting' | 'stopping' | 'stopped';

const ENVOY_LEVELS: Readonly<Record<LogLevel, string>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
  fatal: 'critical',
};

/** The paths of Unix sockets are limited to 107 bytes, on some systems to 103. */
const MAX_SOCKET_PATH = 100;

/**
 * An Envoy that runs as a child of this process until `stop()`: started again when it crashes, drained when it is stopped,
 * and ended when this process dies in whatever way.
 */
export class EnvoyProcess implements AsyncDisposable {
  readonly #options: EnvoyOptions;
  readonly #directory: string;
  readonly #backoff: Backoff;
  #state: State = 'new';
  #started = false;
  #admin: Address;
  #current: Run | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: EnvoyOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ baseMs: 200, maxMs: 10_000, healthyMs: 30_000, ...options.backoff });
    this.#directory = mkdtempSync(join(tmpdir(), 'dragoman-envoy-'));
    const socket = join(this.#directory, 'admin.sock');
    const fits = Buffer.byteLength(socket) <= MAX_SOCKET_PATH;
    this.#admin = options.admin ?? (fits ? { path: socket } : { host: '127.0.0.1', port: 0 });
  }

  /**
   * Resolves when the admin interface answers, which is before any configuration has come over xDS. Rejects with Envoy's
   * own words if the first start fails; the process is stopped then.
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('an EnvoyProcess starts once');
    const run = this.#launch();
    try {
      await run.reachable;
      this.#started = true;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Process id of Envoy's guard; undefined while none runs. */
  get pid(): number | undefined {
    return this.#current?.pid;
  }

  /** Where the admin interface listens, with the port that was picked. */
  get admin(): Address {
    return this.#admin;
  }

  /** A request to the admin interface; rejects while Envoy is down. */
  request(path: string, options?: AdminRequestOptions): Promise<AdminResponse> {
    return adminRequest(this.#admin, path, options);
  }

  /** True once Envoy has its first complete configuration and its workers accept connections. */
  async isLive(): Promise<boolean> {
    try {
      return (await this.request('/ready')).status === 200;
    } catch {
      return false;
    }
  }

  /** Resolves when Envoy is live; rejects when it is not after `timeoutMs`. */
  async live(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!await this.isLive()) {
      if (performance.now() > deadline) throw new Error(`Envoy was not live within ${timeoutMs} ms`);
      await sleep(20);
    }
  }

  /** Drains, ends Envoy within `drainMs` and 3 s, and removes its files. Every call resolves when that is done. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const wasRunning = this.#state === 'running';
    this.#state = 'stopping';
    clearTimeout(this.#restart);
    const run = this.#current;
    if (run !== undefined) {
      if (wasRunning) {
        const timeoutMs = this.#options.drainMs ?? 5_000;
        await Promise.race([
          drain(this.#admin, { timeoutMs, quietMs: Math.min(300, timeoutMs) }),
          run.exited,
        ]);
      }
      run.signal('TERM');
      const killing = setTimeout(() => run.signal('KILL'), 2_000);
      await run.exited;
      clearTimeout(killing);
    }
    this.#state = 'stopped';
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #launch(): Run {
    this.#state = 'running';
    const run = new Run(
      this.#command(),
      this.#directory,
      { onLog: this.#options.onLog ?? (() => {}), onOutput: this.#options.onOutput ?? (() => {}) },
      () => this.#findAdmin(),
    );
    this.#current = run;
    const started = performance.now();
    void run.exited.then((code) => this.#ended(code, performance.now() - started));
    return run;
  }

  #ended(code: number, ranMs: number): void {
    this.#current = undefined;
    // A first start that fails is told to its caller, and not tried again.
    if (this.#state !== 'running' || !this.#started) return;
    this.#state = 'waiting';
    const restartInMs = Math.round(this.#backoff.next(ranMs));
    this.#restart = setTimeout(() => this.#relaunch(), restartInMs);
    this.#options.onCrash?.({ code, restartInMs });
  }

  /** What keeps us from starting it (a full disk, say) is one more crash, not the end of the controller. */
  #relaunch(): void {
    try {
      this.#launch();
    } catch (error) {
      this.#options.onLog?.({
        level: 'fatal',
        component: 'dragoman',
        message: `Envoy cannot be started: ${String(error)}`,
      });
      this.#ended(1, 0);
    }
  }

  #command(): string[] {
    const { binary, bootstrap, concurrency, logLevel = 'info', listenerDrainMs } = this.#options;
    // The guard takes the directory along when it believes us dead.
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    rmSync(join(this.#directory, 'orphaned'), { force: true });
    // A socket that a crash left behind would keep the next Envoy from binding it.
    if ('path' in this.#admin) rmSync(this.#admin.path, { force: true });
    rmSync(this.#adminFile(), { force: true });
    const config = join(this.#directory, 'bootstrap.json');
    writeFileSync(config, JSON.stringify(bootstrap(this.#admin)), { mode: 0o600 });
    return [
      binary,
      ...envoyArguments({
        config,
        logLevel: ENVOY_LEVELS[logLevel],
        logFormat: LOG_FORMAT,
        concurrency,
        listenerDrainMs,
      }),
      '--admin-address-path',
      this.#adminFile(),
      '--log-format-escaped',
    ];
  }

  #adminFile(): string {
    return join(this.#directory, 'admin-address');
  }

  /** Learns the port that was picked; undefined before Envoy has written it. */
  #findAdmin(): Address | undefined {
    if ('path' in this.#admin || this.#admin.port !== 0) return this.#admin;
    try {
      const [, host, port] = /^(.*):(\d+)$/.exec(readFileSync(this.#adminFile(), 'utf8')) ?? [];
      if (host === undefined || port === undefined) return undefined;
      this.#admin = { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
      return this.#admin;
    } catch {
      return undefined;
    }
  }
}

/** One life of the Envoy process. */
class Run {
  /** The exit code. */
  readonly exited: Promise<number>;
  /** Resolves when the admin interface answers, rejects if the process ends before. */
  readonly reachable: Promise<void>;
  readonly #guarded: Guarded;
  #code: number | undefined;
  /** What it last complained about, for the error of a failed start. */
  readonly #complaints: string[] = [];

  constructor(
    command: readonly string[],
    directory: string,
    { onLog, onOutput }: Required<Pick<EnvoyOptions, 'onLog' | 'onOutput'>>,
    findAdmin: () => Address | undefined,
  ) {
    this.#guarded = spawnGuarded(command, { directory });
    const { child } = this.#guarded;
    const output = new LineSplitter(onOutput);
    const lines = new LineSplitter((line) => {
      const record = parseLogLine(line);
      if (record.level === 'fatal' || record.level === 'error' || record.component === 'stderr') {
        this.#complaints.splice(0, this.#complaints.length - 4);
        this.#complaints.push(record.message);
      }
      onLog(record);
    });
    for (const [stream, splitter] of [[child.stdout, output], [child.stderr, lines]] as const) {
      stream?.setEncoding('utf8');
      stream?.on('data', (chunk: string) => splitter.write(chunk));
    }
    this.exited = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#complaints.push(error.message);
        resolve(this.#code ??= 127);
      });
      child.on('close', (code) => {
        output.flush();
        lines.flush();
        resolve(this.#code ??= code ?? 1);
      });
    });
    this.reachable = this.#whenReachable(findAdmin);
    // Only the first run's is awaited.
    this.reachable.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#guarded.child.pid;
  }

  signal(name: 'TERM' | 'KILL'): void {
    this.#guarded.signal(name);
  }

  async #whenReachable(findAdmin: () => Address | undefined): Promise<void> {
    while (this.#code === undefined) {
      const admin = findAdmin();
      if (admin !== undefined) {
        try {
          await adminRequest(admin, '/ready');
          return;
        } catch {
          // Not listening yet, or ended: the loop tells which.
        }
      }
      await sleep(10);
    }
    throw new Error(`Envoy ended at its start with code ${this.#code}:\n${this.#complaints.join('\n')}`);
  }
}

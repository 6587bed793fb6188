import { setTimeout as sleep } from 'node:timers/promises';
import { Prober, type Target } from '../probe.ts';
import { now, summarize, type Summary } from '../samples.ts';
import { LISTENER_PORT } from './place.ts';

export interface TrafficOptions {
  /** What the next request asks for. */
  readonly target: () => Target;
  readonly connections: number;
  /** ms between an answer and the next request of the same connection. */
  readonly pauseMs: number;
  /** Whether there is anything to ask for; there always is unless told. */
  readonly when?: () => boolean;
}

export interface TrafficResult {
  readonly answers: number;
  /** Of answers, ms. */
  readonly latency: Summary;
  /** What was no 2xx, by status, and by what ended a connection before its answer was complete. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Of one answer. */
const TIMEOUT_MS = 10_000;

/** Says that nothing more may be asked on the connection. */
const GOODBYE = /\r\nconnection: close\r\n/i;

/** Requests that go on and on, from when it is made until it is stopped; every failure counts. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #latencies: number[] = [];
  readonly #failures: Record<string, number> = {};
  readonly #running: Promise<unknown>;
  #stopped = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#running = Promise.all(Array.from({ length: options.connections }, () => this.#ask()));
  }

  /** Resolves when the last answer has come. */
  async stop(): Promise<TrafficResult> {
    this.#stopped = true;
    await this.#running;
    return {
      answers: this.#latencies.length,
      latency: summarize(this.#latencies),
      failures: this.#failures,
    };
  }

  async #ask(): Promise<void> {
    const { target, pauseMs, when = () => true } = this.#options;
    let connection: Prober | undefined;
    while (!this.#stopped) {
      await sleep(pauseMs);
      if (!when()) continue;
      try {
        // A clean close between two requests is no failure.
        if (connection?.isOpen !== true) connection = await Prober.open(LISTENER_PORT, { timeoutMs: 0 });
        const asked = now();
        const { status, text } = await within(TIMEOUT_MS, connection.get(target()));
        this.#latencies.push(now() - asked);
        if (status < 200 || status > 299) this.#failed(String(status));
        if (GOODBYE.test(text)) connection.close();
      } catch (error) {
        this.#failed((error as NodeJS.ErrnoException).code ?? (error as Error).message);
        connection?.close();
      }
    }
    connection?.close();
  }

  #failed(how: string): void {
    this.#failures[how] = (this.#failures[how] ?? 0) + 1;
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error('no answer')), ms);
    promise.finally(() => clearTimeout(timeout)).then(resolve, reject);
  });
}

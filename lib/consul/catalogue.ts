import { setTimeout as sleep } from 'node:timers/promises';
import { passingInstances } from './ask.ts';

/** A service of one datacenter, as an agent of Consul is asked for it. */
export interface Query {
  readonly key: string;
  /** `host:port`, with `http://` or `https://` in front or not. */
  readonly address: string;
  readonly datacenter: string;
  readonly service: string;
}

/** What Consul says of a query. After a failure the last endpoints are kept. */
export interface Answer {
  readonly key: string;
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
  /** Why nothing newer is known. */
  readonly problem?: string;
}

export interface CatalogueOptions {
  readonly onAnswer: (answer: Answer) => void;
  /** Whether no agent is asked at an address, such as one of this machine or link. */
  readonly refuses: (address: string) => boolean;
  /** How long one question may wait for news, s; 60 by default. */
  readonly waitSeconds?: number;
  /** First pause after a failure, ms; it doubles up to `MAX_PAUSE`. 1000 by default. */
  readonly pauseMs?: number;
  /** How long the first answer may take before it counts as a failure, ms. 3000 by default. */
  readonly patienceMs?: number;
}

const MAX_PAUSE = 30_000;
/** While something waits for the first answer, ms. */
const FIRST_PAUSE = 200;

/** The queries that are wanted, each with a question under way. */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #watches = new Map<string, AbortController>();
  readonly #unanswered = new Set<string>();
  #onAnswered: (() => void)[] = [];

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  want(query: Query): void {
    this.unwant(query.key);
    const abort = new AbortController();
    this.#watches.set(query.key, abort);
    this.#unanswered.add(query.key);
    void this.#watch(query, abort.signal);
  }

  unwant(key: string): void {
    this.#watches.get(key)?.abort();
    this.#watches.delete(key);
    this.#settle(key);
  }

  stop(): void {
    for (const key of this.#watches.keys()) this.unwant(key);
  }

  /** Resolves when every query has had an answer or a failure. */
  async settled(): Promise<void> {
    if (this.#unanswered.size > 0) await new Promise<void>((resolve) => this.#onAnswered.push(resolve));
  }

  get isSettled(): boolean {
    return this.#unanswered.size === 0;
  }

  async #watch(query: Query, signal: AbortSignal): Promise<void> {
    const { waitSeconds = 60, pauseMs = 1_000, patienceMs = 3_000, refuses } = this.#options;
    let index = 0;
    let pause = pauseMs;
    let last: Answer = { key: query.key, endpoints: [] };
    let problem = 'Consul does not answer';
    const tell = (answer: Answer): void => {
      clearTimeout(patience);
      this.#options.onAnswer(answer);
      this.#settle(query.key);
    };
    const patience = setTimeout(() => tell({ ...last, problem }), patienceMs);
    signal.addEventListener('abort', () => clearTimeout(patience));
    while (!signal.aborted) {
      try {
        const found = await passingInstances(query, { index, waitSeconds, signal, refuses });
        if (signal.aborted) return;
        // An index that goes back belongs to a catalogue that began anew.
        index = found.index < index ? 0 : found.index;
        pause = pauseMs;
        last = { key: query.key, endpoints: found.endpoints };
        tell(last);
        // An agent that does not block must not be asked all the time.
        if (index === 0) await sleep(pauseMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        problem = error instanceof Error ? error.message : String(error);
        index = 0;
        if (this.#unanswered.has(query.key)) {
          await sleep(Math.min(pauseMs, FIRST_PAUSE), undefined, { signal }).catch(() => {});
          continue;
        }
        tell({ ...last, problem });
        await sleep(pause, undefined, { signal }).catch(() => {});
        pause = Math.min(MAX_PAUSE, 2 * pause);
      }
    }
  }

  #settle(key: string): void {
    this.#unanswered.delete(key);
    if (this.#unanswered.size > 0) return;
    for (const resolve of this.#onAnswered) resolve();
    this.#onAnswered = [];
  }
}

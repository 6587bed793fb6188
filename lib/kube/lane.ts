import { type ApiError, isPassing } from './api-error.ts';
import { Backoff } from './backoff.ts';

export interface LaneOptions {
  /** Requests at a time. */
  readonly width: number;
  /** Pauses while the API server fails: first and most, ms. */
  readonly pauseMs: readonly [number, number];
  /** There is room again after a pause. */
  readonly onRoom: () => void;
}

/** How a request failed. */
export interface LaneFailure {
  /** An `ApiError`, or a bug of ours. */
  readonly error: unknown;
  /** Whether the API server failed and not the request: it may be made again as soon as there is room. */
  readonly passing: boolean;
}

/**
 * The API server also answers 500 where a webhook fails that is for one namespace, say. As long as fewer objects in a row
 * fail so, each waits by itself; more are no accident.
 */
const severalObjects = 3;

/** A bounded number of requests at a time, and none while the API server is not well or asks to be left alone. */
export class Lane {
  readonly #width: number;
  readonly #onRoom: () => void;
  readonly #backoff: Backoff;
  #running = 0;
  #pause: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  /** Objects for which the API server has failed since it did what it was asked. */
  readonly #failing = new Set<string>();

  constructor({ width, pauseMs: [baseMs, maxMs], onRoom }: LaneOptions) {
    this.#width = width;
    this.#onRoom = onRoom;
    this.#backoff = new Backoff({ baseMs, maxMs });
  }

  get hasRoom(): boolean {
    return this.#running < this.#width && this.#pause === undefined;
  }

  /** Makes one request; only with room. Never rejects. What fails for the object of a given key may be that object's fault. */
  async run(request: () => Promise<void>, key?: string): Promise<LaneFailure | undefined> {
    this.#running++;
    let failure: LaneFailure | undefined;
    try {
      await request();
      if (key !== undefined) this.answered();
    } catch (error) {
      failure = { error, passing: key === undefined ? isPassing(error) : this.blames(error, key) };
    }
    this.#running--;
    if (failure?.passing === true) this.#rest(failure.error as ApiError);
    else if (!isPassing(failure?.error)) this.#backoff.reset();
    if (this.#running === 0) { for (const resolve of this.#waiting.splice(0)) resolve(); }
    return failure;
  }

  /** The API server did what it was asked for some object. */
  answered(): void {
    this.#failing.clear();
  }

  /** Whether a failure is the API server's, as far as is known, and not that of the object of this key alone. */
  blames(error: unknown, key: string): boolean {
    if (!isPassing(error)) return false;
    if (error.status < 500 || error.status === 503 || error.retryAfterMs !== undefined) return true;
    this.#failing.add(key);
    return this.#failing.size >= severalObjects;
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Ends a pause without telling so. */
  stop(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  /** One pause for all that fail at the same time. */
  #rest({ retryAfterMs }: ApiError): void {
    if (this.#pause !== undefined) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#onRoom();
    }, this.#backoff.next(retryAfterMs));
    // What ends after the end of everything else keeps no process alive.
    this.#pause.unref();
  }
}

import { ApiError } from './api-error.ts';
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

/** A bounded number of requests at a time, and none while the API server is not well or asks to be left alone. */
export class Lane {
  readonly #width: number;
  readonly #onRoom: () => void;
  readonly #backoff: Backoff;
  #running = 0;
  #pause: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor({ width, pauseMs: [baseMs, maxMs], onRoom }: LaneOptions) {
    this.#width = width;
    this.#onRoom = onRoom;
    this.#backoff = new Backoff({ baseMs, maxMs });
  }

  get hasRoom(): boolean {
    return this.#running < this.#width && this.#pause === undefined;
  }

  /** Makes one request; only with room. Never rejects. */
  async run(request: () => Promise<void>): Promise<LaneFailure | undefined> {
    this.#running++;
    let failure: LaneFailure | undefined;
    try {
      await request();
    } catch (error) {
      failure = { error, passing: error instanceof ApiError && error.passing };
    }
    this.#running--;
    if (failure?.passing === true) this.#rest(failure.error as ApiError);
    else this.#backoff.reset();
    if (this.#running === 0) { for (const resolve of this.#waiting.splice(0)) resolve(); }
    return failure;
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

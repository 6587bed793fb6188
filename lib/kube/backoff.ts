export interface BackoffOptions {
  /** Delay after the first failure. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Delays between tries: doubling, with jitter so that many that fail together do not come back together. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** How long to wait after one more failure: between half and all of the doubled delay, never less than `leastMs`. */
  next(leastMs = 0): number {
    const { baseMs, maxMs } = this.#options;
    const delay = Math.min(maxMs, baseMs * 2 ** this.#failures);
    // Beyond this the delay is the maximum anyway.
    this.#failures = Math.min(this.#failures + 1, 30);
    return Math.max(leastMs, delay * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}

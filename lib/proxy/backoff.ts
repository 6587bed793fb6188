export interface BackoffOptions {
  /** Delay after the first failure. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** A run of at least this long forgives all failures before it. */
  readonly healthyMs: number;
}

/** Delays between restarts: doubling, with jitter so that several that fail together do not come back together. */
export class Backoff {
  #failures = 0;
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** How long to wait after a run of `ranMs` failed: between half and all of the doubled delay. */
  next(ranMs: number): number {
    const { baseMs, maxMs, healthyMs } = this.#options;
    if (ranMs >= healthyMs) this.#failures = 0;
    const delay = Math.min(maxMs, baseMs * 2 ** this.#failures);
    // Beyond this the delay is the maximum anyway.
    this.#failures = Math.min(this.#failures + 1, 30);
    return delay * (0.5 + this.#random() / 2);
  }
}

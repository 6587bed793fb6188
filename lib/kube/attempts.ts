import { Backoff } from './backoff.ts';

interface Attempt {
  /** Of what was tried. */
  readonly hash: string;
  readonly backoff: Backoff;
  ok: boolean;
  /** Before then it is not tried again. */
  next: number;
}

/** After so long without an attempt, ms, earlier ones are forgiven. */
const calmMs = 60_000;

/** Keeps attempts at the same thing apart: those that fail, and those whose work is undone by others. */
export class Attempts {
  readonly #delays: readonly [number, number];
  readonly #byKey = new Map<string, Attempt>();

  /** Between two attempts: first and most, ms. */
  constructor(delays: readonly [number, number]) {
    this.#delays = delays;
  }

  /** How long to wait, ms; 0 for something that was not tried before. */
  wait(key: string, hash: string): number {
    const attempt = this.#byKey.get(key);
    return attempt?.hash === hash ? Math.max(0, attempt.next - performance.now()) : 0;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#byKey.size;
  }

  /** The next one waits `mostMs` at most. */
  made(
    key: string,
    hash: string,
    { ok, mostMs = Infinity }: { readonly ok: boolean; readonly mostMs?: number },
  ): void {
    const now = performance.now();
    // The oldest come first.
    for (const [old, { next }] of this.#byKey) {
      if (now - next <= calmMs) break;
      this.#byKey.delete(old);
    }
    let attempt = this.#byKey.get(key);
    if (attempt?.hash !== hash || now - attempt.next > calmMs) {
      const [baseMs, maxMs] = this.#delays;
      attempt = { hash, backoff: new Backoff({ baseMs, maxMs }), ok, next: 0 };
    }
    this.#byKey.delete(key);
    this.#byKey.set(key, attempt);
    if (attempt.ok !== ok) attempt.backoff.reset();
    attempt.ok = ok;
    attempt.next = now + Math.min(mostMs, attempt.backoff.next());
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}

/** A proxy never accepts what it does not ask for, such as endpoints of a cluster that it refused: older ones are given up. */
const MOST_OPEN = 1_000;

/**
 * Follows revisions of the graph to the proxies: a revision is delivered once each resource that it changed was accepted,
 * in that version or a later one.
 */
export class Revisions {
  readonly #open = new Set<Pending>();
  readonly #waiting = new Map<string, Set<Pending>>();
  readonly #latest = new Map<string, string>();

  /** `delivered` is called once, at once if nothing is to be delivered; or else `abandoned`. */
  begin(
    changed: Iterable<{ readonly key: string; readonly version: string }>,
    { delivered, abandoned }: { readonly delivered: () => void; readonly abandoned: () => void },
  ): void {
    const pending: Pending = { keys: new Set(), delivered, abandoned };
    for (const { key, version } of changed) {
      this.#latest.set(key, version);
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, new Set([pending]));
      else waiting.add(pending);
      pending.keys.add(key);
    }
    if (pending.keys.size === 0) return delivered();
    this.#open.add(pending);
    for (const oldest of this.#open) {
      if (this.#open.size <= MOST_OPEN) break;
      this.#abandon(oldest);
    }
  }

  /** A proxy accepted this version; older versions of a key do not count. */
  accepted(key: string, version: string): void {
    if (this.#latest.get(key) === version) this.#settle(key);
  }

  /** The resource is gone: nobody will accept it. */
  dropped(key: string): void {
    this.#settle(key);
  }

  /** Nobody is left to accept anything: what waits counts as delivered to nobody. */
  abandon(): void {
    for (const pending of this.#open) this.#abandon(pending);
  }

  #abandon(pending: Pending): void {
    this.#open.delete(pending);
    for (const key of pending.keys) {
      const waiting = this.#waiting.get(key);
      waiting?.delete(pending);
      if (waiting?.size !== 0) continue;
      this.#waiting.delete(key);
      this.#latest.delete(key);
    }
    pending.abandoned();
  }

  #settle(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#latest.delete(key);
    for (const pending of waiting ?? []) {
      pending.keys.delete(key);
      if (pending.keys.size > 0) continue;
      this.#open.delete(pending);
      pending.delivered();
    }
  }
}

interface Pending {
  /** Not yet accepted. */
  readonly keys: Set<string>;
  readonly delivered: () => void;
  readonly abandoned: () => void;
}

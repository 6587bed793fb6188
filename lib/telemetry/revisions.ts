/**
 * Follows revisions of the graph to the proxies: a revision is delivered once each resource that it changed was accepted,
 * in that version or a later one.
 */
export class Revisions {
  readonly #waiting = new Map<string, Set<Pending>>();
  readonly #latest = new Map<string, string>();

  /** `delivered` is called once, at once if nothing is to be delivered; or else `abandoned`. */
  begin(
    changed: Iterable<{ readonly key: string; readonly version: string }>,
    { delivered, abandoned }: { readonly delivered: () => void; readonly abandoned: () => void },
  ): void {
    const pending: Pending = { left: 0, delivered, abandoned };
    for (const { key, version } of changed) {
      this.#latest.set(key, version);
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, new Set([pending]));
      else waiting.add(pending);
      pending.left++;
    }
    if (pending.left === 0) delivered();
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
    const pending = new Set([...this.#waiting.values()].flatMap((waiting) => [...waiting]));
    this.#waiting.clear();
    this.#latest.clear();
    for (const { abandoned } of pending) abandoned();
  }

  #settle(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#latest.delete(key);
    for (const pending of waiting ?? []) {
      pending.left--;
      if (pending.left === 0) pending.delivered();
    }
  }
}

interface Pending {
  left: number;
  readonly delivered: () => void;
  readonly abandoned: () => void;
}

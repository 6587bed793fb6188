import { type Authority, bundleOf } from './authority.ts';
import type { Identity } from './identity.ts';
import { type LeafFault, leafFault, renewalOf } from './leaf.ts';
import type { SecretData } from './secret-data.ts';

/** A Secret that is to hold a certificate. */
export interface WantedLeaf {
  /** `namespace/name` of the Secret. */
  readonly secret: string;
  readonly identity: Identity;
}

export interface LeafTask {
  readonly wanted: WantedLeaf;
  readonly fault: LeafFault;
}

/**
 * All Secrets that are to hold certificates, and what they hold. Looks again at those alone about which something has
 * changed, unless the authority has, or the time of one of them has come.
 */
export class Leaves {
  readonly #wanted = new Map<string, WantedLeaf>();
  readonly #observed = new Map<string, SecretData>();
  readonly #touched = new Set<string>();
  readonly #faulty = new Map<string, LeafTask>();
  /** What all were looked at with, and when. */
  #trust = '';
  #reviewed = 0;
  /** None has to be issued again earlier. */
  #renewal = Infinity;

  want(leaf: WantedLeaf): void {
    this.#wanted.set(leaf.secret, leaf);
    this.#touched.add(leaf.secret);
  }

  /** Nobody needs the certificate of this Secret any more. */
  drop(secret: string): void {
    this.#wanted.delete(secret);
    this.#touched.add(secret);
  }

  /** What a Secret holds; undefined if there is none. */
  observe(secret: string, data: SecretData | undefined): void {
    if (data === undefined) this.#observed.delete(secret);
    else this.#observed.set(secret, data);
    this.#touched.add(secret);
  }

  data(secret: string): SecretData | undefined {
    return this.#observed.get(secret);
  }

  /** Which certificates have to be issued at the time `now`, ms since the epoch. */
  faults(authority: Authority, now: number): readonly LeafTask[] {
    const trust = bundleOf(authority);
    if (trust !== this.#trust || now >= this.#renewal || now < this.#reviewed) {
      for (const secret of this.#wanted.keys()) this.#touched.add(secret);
      this.#renewal = Infinity;
    }
    for (const secret of this.#touched) this.#review(secret, authority, now);
    this.#touched.clear();
    this.#trust = trust;
    this.#reviewed = now;
    return [...this.#faulty.values()];
  }

  /** Before this time, ms since the epoch, none of those without a fault gets one by itself. */
  get renewal(): number {
    return this.#renewal;
  }

  #review(secret: string, authority: Authority, now: number): void {
    this.#faulty.delete(secret);
    const wanted = this.#wanted.get(secret);
    if (wanted === undefined) return;
    const data = this.#observed.get(secret);
    const fault = leafFault(data, { authority, identity: wanted.identity, now });
    if (fault !== undefined) this.#faulty.set(secret, { wanted, fault });
    else this.#renewal = Math.min(this.#renewal, renewalOf(data ?? {}) ?? now);
  }
}

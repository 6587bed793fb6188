import type { DeliveredUpdate } from './hub.ts';

/** What a replica says of the proxies that are connected to it. */
export interface DeliveryReport {
  /** How many proxies of a fleet count; 0 for none any more. */
  readonly fleets: readonly { readonly fleet: string; readonly proxies: number }[];
  readonly delivered: readonly DeliveredUpdate[];
  /** Nothing that was said before holds any more. */
  readonly whole?: boolean | undefined;
}

interface Replica {
  /** Fleets with proxies. */
  readonly fleets: Map<string, number>;
  readonly versions: Map<string, string>;
}

/**
 * What all proxies of a fleet run, whichever replica serves them: a version counts as delivered once every replica that has
 * proxies of the fleet reports it. Tells only changes.
 */
export class Delivery {
  readonly #onChange: (updates: readonly DeliveredUpdate[]) => void;
  readonly #replicas = new Map<string, Replica>();
  readonly #agreed = new Map<string, string>();

  constructor(onChange: (updates: readonly DeliveredUpdate[]) => void) {
    this.#onChange = onChange;
  }

  /** What changed at a replica since its last report. */
  report(name: string, { fleets, delivered, whole = false }: DeliveryReport): void {
    const stale = new Set<string>();
    if (whole) this.#drop(name, stale);
    let replica = this.#replicas.get(name);
    if (replica === undefined) this.#replicas.set(name, replica = { fleets: new Map(), versions: new Map() });
    for (const { fleet, proxies } of fleets) {
      const before = replica.fleets.get(fleet) ?? 0;
      if (proxies > 0) replica.fleets.set(fleet, proxies);
      else replica.fleets.delete(fleet);
      if ((before > 0) !== (proxies > 0)) this.#touchFleet(fleet, stale);
    }
    for (const { key, version } of delivered) {
      if (version === undefined) replica.versions.delete(key);
      else replica.versions.set(key, version);
      stale.add(key);
    }
    this.#settle(stale);
  }

  /** A replica is gone, and its proxies with it. */
  forget(name: string): void {
    const stale = new Set<string>();
    this.#drop(name, stale);
    this.#settle(stale);
  }

  /** Everything that a replica has said, as one report to who may have heard otherwise. */
  reportOf(name: string): DeliveryReport {
    const { fleets = new Map<string, number>(), versions = new Map<string, string>() } =
      this.#replicas.get(name) ?? {};
    return {
      fleets: Array.from(fleets, ([fleet, proxies]) => ({ fleet, proxies })),
      delivered: Array.from(versions, ([key, version]) => ({ key, version })),
      whole: true,
    };
  }

  /** Proxies of a fleet that count, at all replicas. */
  proxies(fleet: string): number {
    let sum = 0;
    for (const { fleets } of this.#replicas.values()) sum += fleets.get(fleet) ?? 0;
    return sum;
  }

  #drop(name: string, stale: Set<string>): void {
    const replica = this.#replicas.get(name);
    if (!this.#replicas.delete(name) || replica === undefined) return;
    for (const key of replica.versions.keys()) stale.add(key);
    for (const fleet of replica.fleets.keys()) this.#touchFleet(fleet, stale);
  }

  #touchFleet(fleet: string, stale: Set<string>): void {
    const prefix = `${fleet}|`;
    for (const { versions } of this.#replicas.values()) {
      for (const key of versions.keys()) if (key.startsWith(prefix)) stale.add(key);
    }
  }

  #settle(stale: ReadonlySet<string>): void {
    const updates: DeliveredUpdate[] = [];
    for (const key of stale) {
      const version = this.#versionOf(key);
      if (this.#agreed.get(key) === version) continue;
      if (version === undefined) this.#agreed.delete(key);
      else this.#agreed.set(key, version);
      updates.push({ key, version });
    }
    if (updates.length > 0) this.#onChange(updates);
  }

  #versionOf(key: string): string | undefined {
    const fleet = key.slice(0, key.indexOf('|'));
    let agreed: string | undefined;
    for (const { fleets, versions } of this.#replicas.values()) {
      if (!fleets.has(fleet)) continue;
      const version = versions.get(key);
      if (version === undefined || (agreed !== undefined && version !== agreed)) return undefined;
      agreed = version;
    }
    return agreed;
  }
}

import type { Batch, Collection, Keyed } from '../graph/types.ts';
import type { Resource, ResourceType } from '../envoy/resource.ts';

/** One fleet needs one resource. `key` is `fleet|resource key`. */
export interface FleetMembership extends Keyed {
  readonly fleet: string;
  /** Key of the resource. */
  readonly resource: string;
}

/** One resource that a fleet got, lost or has in a new version. */
export interface FleetChange {
  readonly type: ResourceType;
  readonly name: string;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

/** The resources that every proxy of a fleet should run now. */
export interface Snapshot {
  get(type: ResourceType, name: string): Resource | undefined;
  names(type: ResourceType): Iterable<string>;
  /** Names of the virtual hosts of one RouteConfiguration. */
  virtualHosts(routeConfig: string): Iterable<string>;
}

/** The RouteConfiguration that a virtual host belongs to: its name without the last part, which is the domain. */
export function routeConfigOf(virtualHost: string): string {
  const slash = virtualHost.lastIndexOf('/');
  return slash < 0 ? '' : virtualHost.slice(0, slash);
}

/** Follows the graph's `resources` and `memberships`; the cost of a batch grows with its changes alone. */
export class Fleets {
  readonly #resources: Collection<Resource>;
  readonly #memberships: Collection<FleetMembership>;
  readonly #snapshots = new Map<string, MutableSnapshot>();
  /** Fleets by resource key. */
  readonly #members = new Map<string, Set<string>>();

  constructor(from: { resources: Collection<Resource>; memberships: Collection<FleetMembership> }) {
    this.#resources = from.resources;
    this.#memberships = from.memberships;
    for (const { fleet, resource } of from.memberships.values()) {
      this.#join(fleet, resource);
      this.#update(fleet, resource, from.resources.get(resource));
    }
  }

  /** The snapshot of a fleet, empty for one that has no members; the same object for ever, updated by `apply`. */
  snapshot(fleet: string): Snapshot {
    return this.#mutable(fleet);
  }

  /** Updates the snapshots, and says what changed in which fleet. */
  apply(batch: Batch): Map<string, FleetChange[]> {
    const touched = new Map<string, Set<string>>();
    const touch = (fleet: string, resource: string): void => {
      const keys = touched.get(fleet);
      if (keys === undefined) touched.set(fleet, new Set([resource]));
      else keys.add(resource);
    };
    for (const { before, after } of batch.changes(this.#memberships)) {
      if (before !== undefined) {
        this.#leave(before.fleet, before.resource);
        touch(before.fleet, before.resource);
      }
      if (after !== undefined) {
        this.#join(after.fleet, after.resource);
        touch(after.fleet, after.resource);
      }
    }
    for (const { key } of batch.changes(this.#resources)) {
      for (const fleet of this.#members.get(key) ?? []) touch(fleet, key);
    }
    const changes = new Map<string, FleetChange[]>();
    for (const [fleet, keys] of touched) {
      const list: FleetChange[] = [];
      for (const key of keys) {
        const member = this.#members.get(key)?.has(fleet) === true;
        const change = this.#update(fleet, key, member ? this.#resources.get(key) : undefined);
        if (change !== undefined) list.push(change);
      }
      if (list.length > 0) changes.set(fleet, list);
    }
    return changes;
  }

  #update(fleet: string, key: string, after: Resource | undefined): FleetChange | undefined {
    const snapshot = this.#mutable(fleet);
    const before = snapshot.byKey(key);
    const resource = after ?? before;
    if (resource === undefined) return undefined;
    snapshot.put(resource, after);
    if (before?.version === after?.version) return undefined;
    return { type: resource.type, name: resource.name, before, after };
  }

  #mutable(fleet: string): MutableSnapshot {
    let snapshot = this.#snapshots.get(fleet);
    if (snapshot === undefined) this.#snapshots.set(fleet, snapshot = new MutableSnapshot());
    return snapshot;
  }

  #join(fleet: string, resource: string): void {
    const fleets = this.#members.get(resource);
    if (fleets === undefined) this.#members.set(resource, new Set([fleet]));
    else fleets.add(fleet);
  }

  #leave(fleet: string, resource: string): void {
    const fleets = this.#members.get(resource);
    fleets?.delete(fleet);
    if (fleets?.size === 0) this.#members.delete(resource);
  }
}

class MutableSnapshot implements Snapshot {
  readonly #byKey = new Map<string, Resource>();
  readonly #byType = new Map<ResourceType, Map<string, Resource>>();
  readonly #virtualHosts = new Map<string, Set<string>>();

  get(type: ResourceType, name: string): Resource | undefined {
    return this.#byType.get(type)?.get(name);
  }

  names(type: ResourceType): Iterable<string> {
    return this.#byType.get(type)?.keys() ?? [];
  }

  virtualHosts(routeConfig: string): Iterable<string> {
    return this.#virtualHosts.get(routeConfig) ?? [];
  }

  byKey(key: string): Resource | undefined {
    return this.#byKey.get(key);
  }

  /** Sets the place of `resource` to `value`. */
  put(resource: Resource, value: Resource | undefined): void {
    const { key, type, name } = resource;
    let names = this.#byType.get(type);
    if (names === undefined) this.#byType.set(type, names = new Map());
    if (value === undefined) {
      this.#byKey.delete(key);
      names.delete(name);
    } else {
      this.#byKey.set(key, value);
      names.set(name, value);
    }
    if (type === 'VirtualHost') {
      addTo(this.#virtualHosts, { key: routeConfigOf(name), name, present: value !== undefined });
    }
  }
}

/** Adds a name to, or takes it from, the set of a key; empty sets go. */
export function addTo(
  sets: Map<string, Set<string>>,
  entry: { key: string; name: string; present: boolean },
): void {
  const set = sets.get(entry.key);
  if (entry.present) {
    if (set === undefined) sets.set(entry.key, new Set([entry.name]));
    else set.add(entry.name);
  } else {
    set?.delete(entry.name);
    if (set?.size === 0) sets.delete(entry.key);
  }
}

import type { Batch, Change, Collection, Keyed } from '../../graph/types.ts';
import type { Resource } from '../../envoy/resource.ts';
import type { FleetMembership } from '../fleet.ts';

/** Collections that a test fills, with batches as the graph makes them. */
export interface Source {
  readonly resources: Collection<Resource>;
  readonly memberships: Collection<FleetMembership>;
  /** Sets, and by key removes, resources of one fleet; returns the batch. */
  update(change: { set?: readonly Resource[]; remove?: readonly string[]; fleet?: string }): Batch;
}

class TestCollection<T extends Keyed> implements Collection<T> {
  readonly name: string;
  readonly #values = new Map<string, T>();

  constructor(name: string) {
    this.name = name;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  values(): readonly T[] {
    return [...this.#values.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get size(): number {
    return this.#values.size;
  }

  put(key: string, after: T | undefined): Change<T>[] {
    const before = this.#values.get(key);
    if (before === after) return [];
    if (after === undefined) this.#values.delete(key);
    else this.#values.set(key, after);
    return [{ key, before, after }];
  }
}

export function createSource(): Source {
  const resources = new TestCollection<Resource>('resources');
  const memberships = new TestCollection<FleetMembership>('memberships');
  let revision = 0;
  return {
    resources,
    memberships,
    update({ set = [], remove = [], fleet = 'f' }) {
      const changed = new Map<string, Change[]>();
      const note = (of: string, changes: readonly Change[]): void => {
        changed.set(of, [...changed.get(of) ?? [], ...changes]);
      };
      for (const resource of set) {
        const key = `${fleet}|${resource.key}`;
        note('resources', resources.put(resource.key, resource));
        if (memberships.get(key) === undefined) {
          note('memberships', memberships.put(key, { key, fleet, resource: resource.key }));
        }
      }
      for (const key of remove) {
        note('resources', resources.put(key, undefined));
        note('memberships', memberships.put(`${fleet}|${key}`, undefined));
      }
      revision++;
      return {
        revision,
        collections: [...changed.keys()],
        changes: <T extends Keyed>(of: Collection<T>) => (changed.get(of.name) ?? []) as Change<T>[],
      };
    },
  };
}

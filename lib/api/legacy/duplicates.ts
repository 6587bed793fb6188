import type { LegacyObject } from './kinds.ts';

/** An object that another one of the same identity keeps from being used. */
export interface Superseded {
  readonly object: LegacyObject;
  readonly by: LegacyObject;
  /** What both have, such as `port 8080`. */
  readonly same: string;
}

export interface Settled {
  /** In the order in which they were given. */
  readonly used: readonly LegacyObject[];
  readonly superseded: readonly Superseded[];
}

/**
 * Which of several objects is used. Of two with one kind, namespace and name it is the later one, which happens only
 * where annotations are involved. Of Hosts and TLSContexts with one name in any namespaces, of Modules with one name
 * and of Listeners with one port it is the first. The order is the caller's to choose.
 */
export function settle(objects: readonly LegacyObject[]): Settled {
  const byKey = new Map<string, LegacyObject>();
  const superseded: Superseded[] = [];
  for (const object of objects) {
    const id = `${object.kind}/${object.key}`;
    const earlier = byKey.get(id);
    if (earlier !== undefined) {
      superseded.push({ object: earlier, by: object, same: 'kind, namespace and name' });
    }
    byKey.set(id, object);
  }
  const chosen = new Set(byKey.values());
  const first = new Map<string, LegacyObject>();
  const used = objects.filter((object) => {
    if (!chosen.has(object)) return false;
    const same = sharedBy(object);
    if (same === undefined) return true;
    const by = first.get(`${object.kind} ${same}`);
    if (by === undefined) first.set(`${object.kind} ${same}`, object);
    else superseded.push({ object, by, same });
    return by === undefined;
  });
  return { used, superseded };
}

/** What only one object of its kind may have in all namespaces. */
function sharedBy(object: LegacyObject): string | undefined {
  switch (object.kind) {
    case 'Host':
    case 'TLSContext':
    case 'Module':
      return `name ${object.metadata.name}`;
    case 'Listener':
      return `port ${object.spec.port}`;
    default:
      return undefined;
  }
}

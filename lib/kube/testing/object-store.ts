/** The objects of the fake API server, and what happened to them. */

import { type RawMeta, type RawObject, type ResourceType } from '../resource.ts';

export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly resourceVersion: number;
  readonly before: RawObject | undefined;
  readonly object: RawObject;
}

type Fields = Readonly<Record<string, unknown>>;

export interface Identity {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `plural.group` */
export function collectionOf({ plural, group }: Pick<ResourceType, 'plural' | 'group'>): string {
  return `${plural}.${group}`;
}

export class ObjectStore {
  #resourceVersion = 100;
  #uids = 0;
  readonly #collections = new Map<string, Map<string, RawObject>>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #history: StoredEvent[] = [];
  /** Older versions cannot be resumed from. */
  #compacted = 0;

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** In the order of their keys. */
  list(collection: string): readonly RawObject[] {
    return [...this.#collections.get(collection) ?? []].sort(([a], [b]) => (a < b ? -1 : 1)).map((
      [, object],
    ) => object);
  }

  get(collection: string, identity: Identity): RawObject | undefined {
    return this.#collections.get(collection)?.get(keyOf(identity));
  }

  /** Creates or replaces; what differs in `status` alone leaves the generation as it is. Nothing happens if all is equal. */
  put(collection: string, object: Fields): RawObject {
    const metadata = object['metadata'] as RawMeta;
    const key = keyOf(metadata);
    const objects = this.#collections.get(collection) ?? new Map<string, RawObject>();
    this.#collections.set(collection, objects);
    const before = objects.get(key);
    if (before !== undefined && sameContent(before, object)) return before;
    const generation = before === undefined
      ? 1
      : (before.metadata.generation ?? 0) + (sameSpec(before, object) ? 0 : 1);
    const stored = structuredClone({
      ...object,
      metadata: {
        ...metadata,
        uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        generation,
        resourceVersion: String(++this.#resourceVersion),
      },
    }) as RawObject;
    objects.set(key, stored);
    this.#record({
      type: before === undefined ? 'ADDED' : 'MODIFIED',
      collection,
      resourceVersion: this.#resourceVersion,
      before,
      object: stored,
    });
    return stored;
  }

  delete(collection: string, identity: Identity): RawObject | undefined {
    const object = this.get(collection, identity);
    if (object === undefined) return undefined;
    this.#collections.get(collection)?.delete(keyOf(identity));
    const resourceVersion = ++this.#resourceVersion;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
    this.#record({ type: 'DELETED', collection, resourceVersion, before: object, object: last });
    return object;
  }

  /** Forgets what happened so far, so that nobody can resume from before. */
  compact(): void {
    this.#history = [];
    this.#compacted = ++this.#resourceVersion;
  }

  since(collection: string, resourceVersion: number): readonly StoredEvent[] {
    return this.#history.filter((event) =>
      event.collection === collection && event.resourceVersion > resourceVersion
    );
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #record(event: StoredEvent): void {
    this.#history.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

/** `namespace/name`, or `name`. */
export function keyOf({ namespace, name }: Identity): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function sameContent(a: Fields, b: Fields): boolean {
  return content(a) === content(b);
}

function sameSpec(a: Fields, b: Fields): boolean {
  return content({ ...a, metadata: {}, status: undefined }) ===
    content({ ...b, metadata: {}, status: undefined });
}

/** With sorted fields, and without what the server sets. */
function content(object: Fields): string {
  const { uid: _, resourceVersion: __, generation: ___, creationTimestamp: ____, ...metadata } =
    object['metadata'] as
      & Record<string, unknown>
      & RawMeta;
  return JSON.stringify(
    { ...object, metadata },
    (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

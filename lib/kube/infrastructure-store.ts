import type { Pending } from './pending.ts';
import type { Sink } from './reflector.ts';
import { objectId, type RawObject } from './resource.ts';

/** Objects of all kinds that carry our label, as they are in the cluster. By `Kind/namespace/name`. */
export type LiveObjects = ReadonlyMap<string, RawObject>;

/** The sink of one such kind. */
export class InfrastructureStore implements Sink {
  readonly #kind: string;
  readonly #live: Map<string, RawObject>;
  readonly #pending: Pending;
  readonly #known = new Set<string>();
  #listed: Map<string, RawObject> | undefined;

  constructor(
    kind: string,
    { live, pending }: { readonly live: Map<string, RawObject>; readonly pending: Pending },
  ) {
    this.#kind = kind;
    this.#live = live;
    this.#pending = pending;
  }

  begin(): void {
    this.#listed = new Map();
  }

  listed(object: RawObject): void {
    this.#listed?.set(this.#idOf(object), object);
  }

  complete(): void {
    const listed = this.#listed ?? new Map<string, RawObject>();
    this.#listed = undefined;
    for (const id of this.#known) if (!listed.has(id)) this.#gone(id);
    for (const [id, object] of listed) this.#set(id, object);
  }

  changed(object: RawObject): void {
    this.#set(this.#idOf(object), object);
  }

  deleted(object: RawObject): void {
    const id = this.#idOf(object);
    if (this.#listed === undefined) this.#gone(id);
    else this.#listed.delete(id);
  }

  absent(): void {
    this.#listed = undefined;
    for (const id of this.#known) this.#gone(id);
  }

  #idOf({ metadata }: RawObject): string {
    return objectId(this.#kind, metadata);
  }

  #set(id: string, object: RawObject): void {
    if (this.#live.get(id)?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const { managedFields: _, ...metadata } = object.metadata as RawObject['metadata'] & {
      managedFields?: unknown;
    };
    const kept = { ...object, metadata };
    this.#known.add(id);
    this.#live.set(id, kept);
    this.#pending.infrastructure(id, kept);
  }

  #gone(id: string): void {
    if (!this.#known.delete(id)) return;
    this.#live.delete(id);
    this.#pending.infrastructure(id, undefined);
  }
}

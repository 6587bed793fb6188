import { isOlder } from './resource-version.ts';
import type { RawObject } from './resource.ts';

/** An object's status in the cluster, as it was last seen. */
export interface ObservedStatus {
  readonly resourceVersion: string;
  readonly generation: number;
  /** JSON, which takes a quarter of the memory; `''` for none. */
  readonly status: string;
}

/** What an object as the API server sends it says of its status. */
export function observedOf({ metadata, status }: RawObject): ObservedStatus {
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    status: status === undefined ? '' : JSON.stringify(status),
  };
}

/** Statuses of all objects of the kinds that have one, outside the graph, so that our own writes wake nothing there. */
export class ObservedStatuses {
  readonly #byId = new Map<string, ObservedStatus>();
  /** Of our own writes that a watch has yet to show: the resource versions before and after. */
  readonly #echoes = new Map<string, { readonly from: string; readonly to: string }>();
  readonly #listeners = new Set<(id: string) => void>();

  /** By `Kind/namespace/name`. */
  get(id: string): ObservedStatus | undefined {
    return this.#byId.get(id);
  }

  /** What a watch says. What is older than what is known is not taken. */
  set(id: string, observed: ObservedStatus): void {
    const known = this.#byId.get(id);
    if (known === undefined || !isOlder(observed.resourceVersion, known.resourceVersion)) {
      this.#byId.set(id, observed);
    }
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#echoes.delete(id);
  }

  /** What answered a look, or a write that began `from` a resource version. An object that has gone meanwhile stays so. */
  answered(id: string, observed: ObservedStatus, from?: string): void {
    if (!this.#byId.has(id)) return;
    if (from !== undefined) this.#echoes.set(id, { from, to: observed.resourceVersion });
    this.set(id, observed);
  }

  /** Whether the step from one resource version to another is a write of ours, so that nothing but the status changed. */
  isEcho(id: string, from: string | undefined, to: string): boolean {
    const echo = this.#echoes.get(id);
    if (echo?.to !== to) return false;
    this.#echoes.delete(id);
    return echo.from === from;
  }

  /** The listener is told of objects that a watch showed, after the update with them has been applied. */
  subscribe(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(ids: Iterable<string>): void {
    for (const id of ids) for (const listener of this.#listeners) listener(id);
  }
}

import {
  type AnyObject,
  decode,
  formatPath,
  keyOf,
  type KindInfo,
  type KindName,
  type Unreadable,
  unreadable,
} from '../api/mod.ts';
import { observedOf, type ObservedStatus, type ObservedStatuses } from './observed-statuses.ts';
import type { Pending } from './pending.ts';
import type { ObjectProblem } from './problem.ts';
import type { Sink } from './reflector.ts';
import type { RawObject } from './resource.ts';
import { strip } from './strip.ts';

export interface KindStoreOptions {
  readonly info: KindInfo<AnyObject>;
  readonly pending: Pending;
  readonly statuses: ObservedStatuses;
}

/** One version of an object, read. */
interface Reading {
  readonly resourceVersion: string;
  /** Absent if it cannot be decoded: what was there before goes on. */
  readonly object: AnyObject | undefined;
  readonly unreadable: Unreadable | undefined;
  readonly problems: readonly ObjectProblem[];
  readonly observed: ObservedStatus | undefined;
}

/**
 * Decodes the objects of one kind as they come. Of each it keeps only the key and resource version: versions that are
 * known are not decoded again, so a list that changes nothing costs little.
 */
export class KindStore implements Sink {
  readonly #kind: KindName;
  readonly #hasStatus: boolean;
  readonly #pending: Pending;
  readonly #statuses: ObservedStatuses;
  /** Resource versions by key. */
  readonly #known = new Map<string, string>();
  readonly #problems = new Map<string, readonly ObjectProblem[]>();
  readonly #unreadable = new Map<string, Unreadable>();
  /** Of the list that is under way; a reading is undefined for versions that are known. */
  #listed: Map<string, Reading | undefined> | undefined;

  constructor({ info, pending, statuses }: KindStoreOptions) {
    this.#kind = info.kind;
    this.#hasStatus = info.status !== undefined;
    this.#pending = pending;
    this.#statuses = statuses;
  }

  problems(): readonly ObjectProblem[] {
    return [...this.#problems.values()].flat();
  }

  /** Objects whose newest version could not be decoded. */
  unreadable(): readonly Unreadable[] {
    return [...this.#unreadable.values()];
  }

  isUnreadable(key: string): boolean {
    return this.#unreadable.has(key);
  }

  begin(): void {
    this.#listed = new Map();
  }

  listed(object: RawObject): void {
    const key = keyOf(object.metadata);
    const known = this.#known.get(key) === object.metadata.resourceVersion;
    this.#listed?.set(key, known ? undefined : this.#read(object));
  }

  complete(): void {
    const listed = this.#listed ?? new Map<string, Reading | undefined>();
    this.#listed = undefined;
    for (const key of this.#known.keys()) if (!listed.has(key)) this.#gone(key);
    for (const [key, reading] of listed) if (reading !== undefined) this.#apply(key, reading);
  }

  changed(object: RawObject): void {
    const key = keyOf(object.metadata);
    const { resourceVersion = '' } = object.metadata;
    const known = this.#known.get(key);
    if (known === resourceVersion) return;
    if (this.#statuses.isEcho(`${this.#kind}/${key}`, known, resourceVersion)) {
      this.#known.set(key, resourceVersion);
    } else this.#apply(key, this.#read(object));
  }

  deleted(object: RawObject): void {
    const key = keyOf(object.metadata);
    if (this.#listed === undefined) this.#gone(key);
    else this.#listed.delete(key);
  }

  absent(): void {
    this.#listed = undefined;
    for (const key of this.#known.keys()) this.#gone(key);
  }

  #read(raw: RawObject): Reading {
    const stripped = strip(raw);
    const { object, problems } = decode(stripped, { stored: true });
    const id = `${this.#kind}/${keyOf(raw.metadata)}`;
    return {
      resourceVersion: raw.metadata.resourceVersion ?? '',
      object,
      unreadable: object === undefined ? unreadable(stripped, problems) : undefined,
      problems: problems.map(({ severity, path, message, expected }) => ({
        severity,
        object: id,
        field: path.length === 0 ? '' : formatPath(path),
        message,
        expected,
      })),
      observed: this.#hasStatus ? observedOf(raw) : undefined,
    };
  }

  #apply(key: string, { resourceVersion, object, unreadable, problems, observed }: Reading): void {
    const id = `${this.#kind}/${key}`;
    // The decoded object's key, so that there is one string and not two.
    this.#known.set(object?.key ?? key, resourceVersion);
    if (problems.length === 0) this.#problems.delete(key);
    else this.#problems.set(key, problems);
    if (unreadable === undefined) this.#unreadable.delete(key);
    else this.#unreadable.set(key, unreadable);
    if (observed !== undefined) this.#pending.observe(id, observed);
    if (object !== undefined) this.#pending.change(id, { set: object });
    // Without an object there is still news: its problems.
    else this.#pending.touch();
  }

  #gone(key: string): void {
    if (!this.#known.delete(key)) return;
    const id = `${this.#kind}/${key}`;
    this.#problems.delete(key);
    this.#unreadable.delete(key);
    if (this.#hasStatus) this.#pending.observe(id, undefined);
    this.#pending.change(id, { delete: { kind: this.#kind, key } });
  }
}

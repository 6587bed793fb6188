import { kinds } from '../api/mod.ts';
import { isPassing } from './api-error.ts';
import {
  applyManifest,
  deleteObject,
  getObject,
  hashAnnotation,
  type Manifest,
  manifestHash,
  type Target,
  withLeft,
} from './apply.ts';
import { Attempts } from './attempts.ts';
import type { KubeApi } from './client.ts';
import { differences } from './differences.ts';
import type { LiveObjects } from './infrastructure-store.ts';
import { infrastructureTypes } from './infrastructure-types.ts';
import { Lane } from './lane.ts';
import { controllerOf, mayApply, mayDelete, ownerOf } from './ownership.ts';
import { isOlder } from './resource-version.ts';
import type { RawObject, ResourceType } from './resource.ts';
import type { InfrastructureChange } from './update.ts';

/** What one owner, such as a Gateway, is to have. */
export interface DesiredInfrastructure {
  /** `Kind/namespace/name` of the owner. */
  readonly key: string;
  /** All of it, in the order in which it is needed. */
  readonly objects: readonly DesiredObject[];
  /** Whatever it has stays as it is, and nothing is made. */
  readonly kept: boolean;
}

export interface DesiredObject {
  /** `Kind/namespace/name` */
  readonly key: string;
  readonly manifest: Manifest;
  /** Fields, such as `spec.replicas`, that the manifest leaves to others. */
  readonly leaves?: readonly string[] | undefined;
}

/** One change of what is desired; an owner without `after` is none of ours, and keeps nothing that was made for it. */
export interface DesiredInfrastructureChange {
  readonly key: string;
  readonly after: DesiredInfrastructure | undefined;
}

export type InfrastructureEvent =
  | { readonly event: 'applied' | 'deleted'; readonly object: string }
  /** It is as it should be, though what was told last is that it was not; nothing had to be done. */
  | { readonly event: 'settled'; readonly object: string }
  /** There is an object of that name that we did not make; it stays as it is. */
  | { readonly event: 'foreign'; readonly object: string }
  /** It is tried again later. `error` is an `ApiError` or a bug of ours. */
  | { readonly event: 'failed'; readonly object: string; readonly error: unknown };

export interface InfrastructureApplierOptions {
  readonly api: KubeApi;
  /** Objects with our label, as they are in the cluster. */
  readonly live: LiveObjects;
  /** Whether nothing must be concluded from an owner being unknown, since it cannot be read. */
  readonly spares?: (owner: string) => boolean;
  /**
   * Whether an owner is there, as far as is known. One that is not is looked for before what was made for it is deleted: the
   * leader before may have heard of it earlier. All are known unless told.
   */
  readonly isKnown?: (owner: string) => boolean;
  /** Asked before each change, so that a leader that was paused does not go on as one. */
  readonly mayWrite?: () => boolean;
  readonly onEvent?: (event: InfrastructureEvent) => void;
  /** Between tries for one owner: first and most, ms. */
  readonly retryMs?: readonly [number, number];
  /** How long what was applied is believed to be there though no watch shows it, ms. */
  readonly unseenMs?: number;
}

/** Owners at a time. */
const width = 8;
const pauseMs = [100, 5_000] as const;
const bugMs = 60_000;
/** Where a watch works, it shows what was applied at once. */
const defaultUnseenMs = 30_000;

/** What is under way for one owner. */
interface Work {
  running: boolean;
  /** Something has changed since it began. */
  again: boolean;
  /** While it waits to be looked at again. */
  timer: NodeJS.Timeout | undefined;
}

/** What the API server made of a manifest, such as `500m` of `0.5`: to apply it again would change nothing. */
interface Applied {
  readonly hash: string;
  readonly differences: string;
  /** Until it is seen: what has gone before a watch could show it is never told of. */
  object: RawObject | undefined;
  /** Before then it is believed to be there, on the clock of `performance.now()`. */
  readonly until: number;
}

/** Something that may have to be done about one object. */
interface Step {
  readonly key: string;
  /** Tells attempts at it from attempts at something else. */
  readonly hash: string;
  readonly isDone: () => boolean;
  /** Answers whether it is as it should be; otherwise it is tried again. */
  readonly act: () => Promise<boolean>;
}

/**
 * Makes the objects of owners, such as Gateways, what they should be: applies what is new, changed or was altered by others,
 * deletes what we made and is not wanted any more. Looks at the state of things, never at what happened. Idle until `enable()`.
 */
export class InfrastructureApplier {
  readonly #options: InfrastructureApplierOptions;
  readonly #lane: Lane;
  readonly #desired = new Map<string, DesiredInfrastructure>();
  /** Keys of the live objects of each owner. */
  readonly #live = new Map<string, Set<string>>();
  readonly #owners = new Map<string, string>();
  readonly #applied = new Map<string, Applied>();
  /** What is being applied, and whether it has gone meanwhile. */
  readonly #gone = new Map<string, boolean>();
  /** Of which nothing good was told last. */
  readonly #troubled = new Set<string>();
  readonly #attempts: Attempts;
  readonly #work = new Map<string, Work>();
  readonly #queue = new Set<string>();
  #enabled = false;

  constructor(options: InfrastructureApplierOptions) {
    this.#options = options;
    this.#lane = new Lane({ width, pauseMs, onRoom: () => this.#pump() });
    this.#attempts = new Attempts(options.retryMs ?? [1_000, 300_000]);
    for (const [key, object] of options.live) this.#own(key, object);
  }

  /** Takes over what a commit changed. */
  update(changes: readonly DesiredInfrastructureChange[]): void {
    for (const { key, after } of changes) {
      const wanted = new Set(after?.objects.map(({ key }) => key));
      for (const { key: object } of this.#desired.get(key)?.objects ?? []) {
        if (!wanted.has(object)) this.#troubled.delete(object);
      }
      if (after === undefined) this.#desired.delete(key);
      else this.#desired.set(key, after);
      this.#want(key);
    }
    this.#pump();
  }

  /** Objects have changed in the cluster. */
  observed(changes: readonly InfrastructureChange[]): void {
    for (const { key, object } of changes) {
      this.#see(key, object);
      const before = this.#owners.get(key);
      const after = this.#own(key, object);
      for (const owner of new Set([before, after])) if (owner !== undefined) this.#want(owner);
    }
    this.#pump();
  }

  /**
   * From now on this is the one that writes: everything is compared with what is there. Only once all that is desired is
   * known, for what nobody desires is deleted.
   */
  enable(): void {
    if (this.#enabled) return;
    this.#enabled = true;
    for (const owner of [...this.#desired.keys(), ...this.#live.keys()]) this.#want(owner);
    this.#pump();
  }

  /** Nothing is begun any more. Resolves when what is under way has ended. */
  async disable(): Promise<void> {
    this.#enabled = false;
    this.#queue.clear();
    for (const { timer } of this.#work.values()) clearTimeout(timer);
    this.#work.clear();
    this.#lane.stop();
    await this.#lane.drained();
  }

  #tell(event: InfrastructureEvent): void {
    const { object } = event;
    if (event.event === 'failed' || event.event === 'foreign') this.#troubled.add(object);
    else this.#troubled.delete(object);
    this.#options.onEvent?.(event);
  }

  #see(key: string, object: RawObject | undefined): void {
    if (object === undefined) {
      this.#applied.delete(key);
      if (this.#gone.has(key)) this.#gone.set(key, true);
      const owner = this.#owners.get(key) ?? '';
      const wanted = this.#desired.get(owner)?.objects.some((each) => each.key === key);
      if (wanted !== true) this.#attempts.forget(key);
      return;
    }
    const applied = this.#applied.get(key);
    const { resourceVersion = '' } = applied?.object?.metadata ?? {};
    if (applied !== undefined && !isOlder(object.metadata.resourceVersion ?? '', resourceVersion)) {
      applied.object = undefined;
    }
  }

  /** Notes whose an object is; undefined for none of ours. */
  #own(key: string, object: RawObject | undefined): string | undefined {
    const before = this.#owners.get(key);
    const after = object === undefined ? undefined : ownerOf(object);
    if (before !== after && before !== undefined) {
      const others = this.#live.get(before);
      others?.delete(key);
      if (others?.size === 0) this.#live.delete(before);
      this.#owners.delete(key);
    }
    if (after !== undefined) {
      this.#owners.set(key, after);
      const siblings = this.#live.get(after) ?? new Set();
      this.#live.set(after, siblings.add(key));
    }
    return after;
  }

  #want(owner: string): void {
    if (!this.#enabled) return;
    const work = this.#work.get(owner);
    clearTimeout(work?.timer);
    if (work !== undefined) work.timer = undefined;
    if (work?.running === true) work.again = true;
    else this.#queue.add(owner);
  }

  #pump(): void {
    for (const owner of this.#queue) {
      if (!this.#enabled || !this.#lane.hasRoom) return;
      this.#queue.delete(owner);
      void this.#reconcile(owner);
    }
  }

  async #reconcile(owner: string): Promise<void> {
    const work: Work = this.#work.get(owner) ?? { running: false, again: false, timer: undefined };
    this.#work.set(owner, work);
    work.running = true;
    work.again = false;
    let wait = Infinity;
    const failure = await this.#lane.run(async () => {
      wait = await this.#bring(owner);
    });
    // A bug of ours, since all else is dealt with there.
    if (failure?.passing === false) wait = bugMs;
    work.running = false;
    if (this.#work.get(owner) === work) {
      if (work.again || failure?.passing === true) this.#want(owner);
      else if (wait === Infinity) this.#work.delete(owner);
      else {
        work.timer = setTimeout(() => {
          this.#want(owner);
          this.#pump();
        }, wait);
      }
    }
    this.#pump();
  }

  /**
   * Does what can be done now, and answers how long to wait for the rest, ms, or `Infinity` for nothing. One object's
   * failure keeps no other from what it needs, unless the API server itself fails.
   */
  async #bring(owner: string): Promise<number> {
    const { spares, mayWrite } = this.#options;
    const desired = this.#desired.get(owner);
    const wanted = new Set(desired?.objects.map(({ key }) => key));
    const kept = desired?.kept ?? spares?.(owner) === true;
    const excess = kept ? [] : [...this.#live.get(owner) ?? []].filter((key) => !wanted.has(key));
    const steps: Step[] = [
      ...(desired?.objects ?? []).map((object) => this.#applying(object)),
      ...excess.map((key) => this.#deleting(key)),
    ];
    let wait = Infinity;
    for (const { key, hash, isDone, act } of steps) {
      // Before it is believed, for time passes.
      const unseen = this.#unseenFor(key);
      if (isDone()) {
        if (this.#troubled.has(key)) this.#tell({ event: 'settled', object: key });
        if (unseen > 0) wait = Math.min(wait, unseen);
        continue;
      }
      const early = this.#attempts.wait(key, hash);
      if (early > 0) {
        wait = Math.min(wait, early);
        continue;
      }
      if (!this.#enabled) return Infinity;
      if (mayWrite?.() === false) return pauseMs[1];
      let ok = false;
      let mostMs = Infinity;
      try {
        ok = await act();
        this.#lane.answered();
      } catch (error) {
        this.#tell({ event: 'failed', object: key, error });
        if (this.#lane.blames(error, key)) throw error;
        if (isPassing(error)) mostMs = pauseMs[1];
      }
      this.#attempts.made(key, hash, { ok, mostMs });
      wait = Math.min(wait, ok ? Math.max(0, this.#unseenFor(key)) : this.#attempts.wait(key, hash));
    }
    return wait;
  }

  #applying({ key, manifest, leaves = [] }: DesiredObject): Step {
    const { live: objects, unseenMs = defaultUnseenMs } = this.#options;
    const hash = manifestHash(manifest);
    const newest = (): RawObject | undefined => {
      const { object, until = 0 } = this.#applied.get(key) ?? {};
      return object !== undefined && performance.now() < until ? object : objects.get(key);
    };
    const act = async (): Promise<boolean> => {
      const target = this.#targetOf(manifest.kind);
      const seen = newest();
      // Without our label it is not seen, and only the object itself says what others own of it.
      const live = seen === undefined || leaves.length > 0
        ? await getObject(target, manifest.metadata)
        : seen;
      if (live !== undefined && !mayApply(manifest, live)) {
        this.#tell({ event: 'foreign', object: key });
        return false;
      }
      const keep = (object: RawObject, { isGone = false } = {}): void => {
        const differing = JSON.stringify(differences(manifest, object));
        const until = performance.now() + unseenMs;
        this.#applied.set(key, { hash, differences: differing, object: isGone ? undefined : object, until });
        if (!isGone) this.#own(key, object);
      };
      if (live !== undefined && this.#isSettled(key, { manifest, hash, object: live })) {
        keep(live);
        return true;
      }
      this.#gone.set(key, false);
      try {
        const object = await applyManifest(
          target,
          live === undefined ? manifest : withLeft(manifest, live, leaves),
        );
        // What was told meanwhile may be newer than the answer: then the watch is believed.
        const isGone = this.#gone.get(key) === true;
        keep(object, { isGone });
        // If it goes, that may be all that is ever told of it.
        const owner = ownerOf(object);
        if (isGone && owner !== undefined) this.#want(owner);
      } finally {
        this.#gone.delete(key);
      }
      this.#tell({ event: 'applied', object: key });
      return true;
    };
    return { key, hash, isDone: () => this.#isSettled(key, { manifest, hash, object: newest() }), act };
  }

  /** How long what was applied is still believed without having been seen, ms; `Infinity` if it has been. */
  #unseenFor(key: string): number {
    const { object, until = 0 } = this.#applied.get(key) ?? {};
    return object === undefined ? Infinity : until - performance.now();
  }

  #isSettled(
    key: string,
    { manifest, hash, object }: {
      readonly manifest: Manifest;
      readonly hash: string;
      readonly object: RawObject | undefined;
    },
  ): boolean {
    if (object === undefined || !mayApply(manifest, object)) return false;
    if (object.metadata.annotations?.[hashAnnotation] !== hash) return false;
    const applied = this.#applied.get(key);
    const known = applied?.hash === hash ? applied.differences : '[]';
    return JSON.stringify(differences(manifest, object)) === known;
  }

  #deleting(key: string): Step {
    const { live: objects } = this.#options;
    const act = async (): Promise<boolean> => {
      const seen = objects.get(key);
      if (seen === undefined) return true;
      const target = this.#targetOf(seen.kind ?? '');
      const live = await getObject(target, seen.metadata);
      // Whatever else it is by now, the watch will tell.
      if (live === undefined || live.metadata.deletionTimestamp !== undefined || !mayDelete(live, seen)) {
        return true;
      }
      if (await this.#hasOwner(live) || !await deleteObject(target, live)) return false;
      this.#tell({ event: 'deleted', object: key });
      return true;
    };
    const isDone = (): boolean => objects.get(key)?.metadata.deletionTimestamp !== undefined;
    return { key, hash: 'deleted', isDone, act };
  }

  /** Whether an object that nobody wants was made for something that is there and not known yet. */
  async #hasOwner(live: RawObject): Promise<boolean> {
    const { api, isKnown = () => true } = this.#options;
    const owner = ownerOf(live) ?? '';
    const { apiVersion = '', kind = '', name = '', uid } = controllerOf(live.metadata) ?? {};
    const type = (kinds as Readonly<Record<string, ResourceType>>)[kind];
    // What is a class's was made for what is no object.
    if (type?.namespaced !== true || this.#desired.has(owner) || isKnown(owner)) return false;
    const [, version = ''] = apiVersion.split('/');
    const target = { api, type: { ...type, versions: [version] } };
    return (await getObject(target, { ...live.metadata, name }))?.metadata.uid === uid;
  }

  #targetOf(kind: string): Target {
    const type = infrastructureTypes.find((each) => each.kind === kind);
    if (type === undefined) throw new Error(`objects of kind ${kind} are not made`);
    return { api: this.#options.api, type };
  }
}

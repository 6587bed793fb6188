import { kinds } from '../api/mod.ts';
import { isPassing, isStatus } from './api-error.ts';
import { Backoff } from './backoff.ts';
import type { KubeApi } from './client.ts';
import { Lane, type LaneFailure } from './lane.ts';
import { statusPatch } from './merge-status.ts';
import { observedOf, type ObservedStatus, type ObservedStatuses } from './observed-statuses.ts';
import { objectPath, type RawObject, type ResourceType } from './resource.ts';
import { type DesiredStatus, newTarget, repairDelay, settle, type Target } from './status-target.ts';
import { WriteQueue } from './write-queue.ts';

/** One change of what is desired; without `after` nothing is to be said of the object any more. */
export interface DesiredStatusChange {
  readonly key: string;
  readonly after: DesiredStatus | undefined;
}

export type StatusEvent =
  /** `ms` since the write was first wanted. */
  | { readonly event: 'written'; readonly object: string; readonly ms: number }
  /** Someone else wrote the object at the same time; it is tried again. */
  | { readonly event: 'conflict'; readonly object: string }
  /** There is no such object any more, or its kind has no status here or is served in another version by now. */
  | { readonly event: 'absent'; readonly object: string }
  /** It is tried again later. `error` is an `ApiError` or a bug of ours. */
  | { readonly event: 'failed'; readonly object: string; readonly error: unknown };

export interface StatusWriterOptions {
  readonly api: KubeApi;
  readonly statuses: ObservedStatuses;
  /** The version of a kind that is served. */
  readonly versionOf: (kind: string) => string | undefined;
  /** Whose entries in `parents` and `ancestors` are ours. */
  readonly controllerName: string;
  /** Asked before each write, so that a leader that was paused does not go on as one. */
  readonly mayWrite?: () => boolean;
  readonly onEvent?: (event: StatusEvent) => void;
  readonly timing?: Partial<StatusTiming>;
}

/** All in ms. */
export interface StatusTiming {
  /** After an answer about the object itself, such as `Invalid`: first and most. */
  readonly retryMs: readonly [number, number];
  /** While the API server fails: first and most. */
  readonly pauseMs: readonly [number, number];
  /** How long a watch may take to show the newer version after a conflict, before it is asked for. */
  readonly lookMs: number;
  /** Between writes that repair the same status again and again: first and most. */
  readonly repairMs: readonly [number, number];
}

const defaultTiming: StatusTiming = {
  retryMs: [1_000, 300_000],
  pauseMs: [100, 5_000],
  lookMs: 1_000,
  repairMs: [500, 60_000],
};

/** Writes at a time: more do not make the API server faster. */
const width = 24;
/** More objects than this at once are a backlog, before which single changes go. */
const maxFresh = 64;
/** Objects that are compared before anything else gets a turn. */
const maxCompared = 200;

/**
 * Makes statuses in the cluster what they should be: writes only what differs, one write an object at a time, each with
 * the resource version that it began from, so that nothing of anyone else is lost. Idle until `enable()`.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #timing: StatusTiming;
  readonly #lane: Lane;
  readonly #targets = new Map<string, Target>();
  readonly #queue = new WriteQueue();
  readonly #unsubscribe: () => void;
  #enabled = false;
  #resting = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#lane = new Lane({ width, pauseMs: this.#timing.pauseMs, onRoom: () => this.#pump() });
    this.#unsubscribe = options.statuses.subscribe((key) => this.#observed(key));
  }

  /** Objects that may have to be written yet. */
  get pending(): number {
    let pending = 0;
    for (const { since } of this.#targets.values()) if (since !== undefined) pending++;
    return pending;
  }

  /** Takes over what a commit changed. First writes are under way when it returns. */
  update(changes: readonly DesiredStatusChange[]): void {
    const fresh = changes.length <= maxFresh;
    for (const { key, after } of changes) {
      const desired = after ?? this.#withdrawn(key);
      if (desired === undefined) {
        this.#drop(key);
        continue;
      }
      const target = this.#target(key, desired);
      target.desired = desired;
      target.failures = undefined;
      target.repairs = undefined;
      this.#want(key, target, { fresh });
    }
    this.#pump();
  }

  /** From now on this is the one that writes: everything is compared with what is there. */
  enable(): void {
    if (this.#enabled) return;
    this.#enabled = true;
    for (const [key, target] of this.#targets) this.#want(key, target, { fresh: false });
    this.#pump();
  }

  /** Nothing is begun any more. Resolves when what is under way has ended. */
  async disable(): Promise<void> {
    this.#enabled = false;
    this.#queue.clear();
    for (const target of this.#targets.values()) settle(target);
    this.#lane.stop();
    await this.#lane.drained();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.disable();
  }

  #target(key: string, desired: DesiredStatus): Target {
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target = newTarget(desired);
    this.#targets.set(key, target);
    return target;
  }

  #drop(key: string): void {
    const target = this.#targets.get(key);
    if (target === undefined) return;
    settle(target);
    this.#targets.delete(key);
    this.#queue.delete(key);
  }

  /** Entries in lists that we share with others go; a status that is one controller's alone stays as it is. */
  #withdrawn(key: string): DesiredStatus | undefined {
    const desired = this.#targets.get(key)?.desired;
    const observed = this.#options.statuses.get(key);
    if (desired === undefined || observed === undefined) return undefined;
    const status = parsed(observed);
    const shared = ['parents', 'ancestors'].filter((field) => field in status);
    if (shared.length === 0) return undefined;
    const emptied = Object.fromEntries(shared.map((field) => [field, []]));
    return { ...desired, generation: observed.generation, status: { ...status, ...emptied } };
  }

  #observed(key: string): void {
    const target = this.#targets.get(key);
    if (target === undefined) return;
    if (this.#options.statuses.get(key) === undefined) return this.#drop(key);
    // What waits to be tried again waits on, unless this may be what it waits for.
    if (target.timer !== undefined && target.since !== undefined && target.stale === undefined) return;
    this.#want(key, target, { fresh: true });
    this.#pump();
  }

  #want(key: string, target: Target, { fresh }: { readonly fresh: boolean }): void {
    if (!this.#enabled) return;
    clearTimeout(target.timer);
    target.timer = undefined;
    target.since ??= performance.now();
    this.#queue.add(key, { fresh });
  }

  /** Begins writes as long as there is room. */
  #pump(): void {
    for (let compared = 0; this.#enabled && !this.#resting && this.#lane.hasRoom; compared++) {
      if (compared === maxCompared) {
        this.#resting = true;
        setImmediate(() => {
          this.#resting = false;
          this.#pump();
        });
        return;
      }
      const key = this.#queue.next();
      if (key === undefined) return;
      const target = this.#targets.get(key);
      // Looked at again when the write under way has ended.
      if (target?.writing === false) this.#consider(key, target);
    }
  }

  /** Begins to write one object if it has to be. */
  #consider(key: string, target: Target): void {
    const { statuses, controllerName, mayWrite } = this.#options;
    const { desired, written } = target;
    const observed = statuses.get(key);
    if (observed === undefined) return settle(target);
    if (observed.resourceVersion === target.stale) {
      return this.#later(key, target, { ms: this.#timing.lookMs, first: () => this.#look(key, target) });
    }
    target.stale = undefined;
    // A newer object has been seen, and what it becomes is on its way.
    if (observed.generation > desired.generation) return settle(target);
    if (written?.desired === desired && written.status === observed.status) return settle(target);
    const patch = statusPatch(parsed(observed), desired.status as Fields, {
      controllerName,
      kind: desired.object.kind,
      namespace: desired.object.namespace,
      now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    if (patch === undefined) return settle(target);
    if (mayWrite?.() === false) return this.#later(key, target, { ms: this.#timing.lookMs });
    const ms = written?.desired === desired ? repairDelay(target, this.#timing.repairMs) : 0;
    if (ms > 0) return this.#later(key, target, { ms });
    target.writing = true;
    void this.#write(target, { desired, patch, resourceVersion: observed.resourceVersion });
  }

  async #write(
    target: Target,
    { desired, patch, resourceVersion }: {
      readonly desired: DesiredStatus;
      readonly patch: Fields;
      readonly resourceVersion: string;
    },
  ): Promise<void> {
    const { api, statuses, onEvent } = this.#options;
    const { key } = desired;
    const failure = await this.#lane.run(async () => {
      const { body } = await api.request('PATCH', this.#pathOf(desired, 'status'), {
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'dragoman' },
        body: { metadata: { resourceVersion }, status: patch },
      });
      const answer = observedOf(body as RawObject);
      statuses.answered(key, answer, resourceVersion);
      target.written = { desired, status: answer.status };
    }, key);
    target.writing = false;
    if (failure === undefined) {
      onEvent?.({
        event: 'written',
        object: key,
        ms: performance.now() - (target.since ?? performance.now()),
      });
      target.failures = undefined;
      target.since = undefined;
    }
    // What has happened during the write is looked at now.
    if (this.#targets.get(key) === target) {
      if (failure === undefined) this.#want(key, target, { fresh: true });
      else this.#failed(key, target, { failure, resourceVersion });
    }
    this.#pump();
  }

  #failed(
    key: string,
    target: Target,
    { failure: { error, passing }, resourceVersion }: {
      readonly failure: LaneFailure;
      readonly resourceVersion: string;
    },
  ): void {
    const { onEvent } = this.#options;
    if (isStatus(error, 409)) {
      onEvent?.({ event: 'conflict', object: key });
      target.stale = resourceVersion;
      this.#want(key, target, { fresh: true });
      return;
    }
    if (isStatus(error, 404)) {
      onEvent?.({ event: 'absent', object: key });
      settle(target);
      // Another one may have been made under its name since.
      if (this.#options.statuses.get(key)?.resourceVersion !== resourceVersion) {
        return this.#want(key, target, { fresh: true });
      }
      return this.#retry(key, target);
    }
    onEvent?.({ event: 'failed', object: key, error });
    // The lane pauses by itself.
    if (passing) return this.#want(key, target, { fresh: true });
    this.#retry(key, target, isPassing(error) ? this.#timing.pauseMs[1] : Infinity);
  }

  #retry(key: string, target: Target, mostMs = Infinity): void {
    const [baseMs, maxMs] = this.#timing.retryMs;
    target.failures ??= new Backoff({ baseMs, maxMs });
    this.#later(key, target, { ms: Math.min(mostMs, target.failures.next()) });
  }

  #later(
    key: string,
    target: Target,
    { ms, first }: { readonly ms: number; readonly first?: () => Promise<void> },
  ): void {
    if (!this.#enabled) return;
    clearTimeout(target.timer);
    const timer = setTimeout(() => {
      void (async () => {
        await first?.();
        // Something else may have been faster.
        if (target.timer !== timer) return;
        this.#want(key, target, { fresh: true });
        this.#pump();
      })();
    }, ms);
    target.timer = timer;
  }

  /** Asks for the version that was in the way of a write; there may be none, for a conflict can be about anything. */
  async #look(key: string, target: Target): Promise<void> {
    const { api, statuses } = this.#options;
    try {
      const { body } = await api.request('GET', this.#pathOf(target.desired));
      statuses.answered(key, observedOf(body as RawObject));
      if (statuses.get(key)?.resourceVersion === target.stale) target.stale = undefined;
    } catch {
      // The watch tells, if the object is gone; else it is looked again.
    }
  }

  #pathOf({ object }: DesiredStatus, subresource?: string): string {
    const type = (kinds as Readonly<Record<string, ResourceType>>)[object.kind];
    if (type === undefined) throw new Error(`no kind ${object.kind}`);
    const version = this.#options.versionOf(object.kind) ?? type.versions[0] ?? 'v1';
    return objectPath(type, { ...object, version, subresource });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parsed({ status }: ObservedStatus): Fields {
  return status === '' ? {} : JSON.parse(status) as Fields;
}

import { isAbsent } from './absence.ts';
import { ApiError, failureOf, isStatus } from './api-error.ts';
import { Backoff } from './backoff.ts';
import type { KubeApi, Query } from './client.ts';
import { Pause } from './pause.ts';
import { collectionPath, type RawObject, type ResourceType } from './resource.ts';

/** Where a reflector puts what it learns of a kind. */
export interface Sink {
  /** Everything there is follows. Begins anew if the list before broke off. */
  begin(): void;
  /** One object of the list; a later version replaces an earlier one. */
  listed(object: RawObject): void;
  /** The list is complete: what it lacks is gone. */
  complete(): void;
  changed(object: RawObject): void;
  /** May also come within a list. */
  deleted(object: RawObject): void;
  /** There is no such kind, or it may not be read and never could: it has no objects. */
  absent(): void;
}

export type ReflectorState =
  /** Neither listed nor proven to be absent yet. */
  | 'pending'
  /** Listed, and followed. */
  | 'live'
  /** Listed once; since then contact was lost, and what was known is kept. */
  | 'lost'
  | 'absent';

export interface ReflectorStatus {
  readonly state: ReflectorState;
  /** The version in use. */
  readonly version: string;
  /** Why it is not live, in words; absent for a kind that is just not installed. */
  readonly problem?: ApiError | undefined;
  /** When what is known was last confirmed to be all there is, on the clock of `performance.now()`. */
  readonly confirmed: number | undefined;
}

export interface ReflectorOptions {
  readonly api: KubeApi;
  readonly type: ResourceType;
  readonly sink: Sink;
  /** Selectors. */
  readonly query?: Query;
  /** Names, labels and annotations are all that is wanted. */
  readonly metadataOnly?: boolean;
  /** Whether the kind counts as absent if it may not be read from the first. */
  readonly optional?: boolean;
  readonly onStatus?: (status: ReflectorStatus) => void;
  readonly timing?: Partial<ReflectorTiming>;
}

/** All in ms. */
export interface ReflectorTiming {
  /** After the first failure. */
  readonly retryMs: number;
  /** Between tries while the API server fails. */
  readonly maxRetryMs: number;
  /** Between looks at a kind that may not be read. */
  readonly forbiddenMs: number;
  /** How long a kind must be forbidden before it counts as absent: an API server that starts forbids everything. */
  readonly forbiddenProofMs: number;
  /** Between looks at an absent kind, should nobody tell that it appeared. */
  readonly absentMs: number;
  /** Silence that ends a watch. The API server sends a bookmark every minute. */
  readonly idleMs: number;
  /** Least and most that one watch may last. */
  readonly watchMs: readonly [number, number];
}

const defaultTiming: ReflectorTiming = {
  retryMs: 100,
  maxRetryMs: 5_000,
  forbiddenMs: 60_000,
  forbiddenProofMs: 1_500,
  absentMs: 300_000,
  idleMs: 150_000,
  watchMs: [300_000, 600_000],
};

/** The server ends each watch in time; one that it ends sooner is no better than a failure, ms. */
const shortMs = 1_000;

/** Objects a page, where the API server does not stream lists. */
const pageSize = 500;

/** The API server takes exactly the one that fits: lists are another kind than what is watched. */
const metadataAccept = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const;

/**
 * Lists one kind and follows it: resumes where it was after a lost connection, lists again only if the API server has
 * forgotten that place, never takes a failing API server for an empty one.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #timing: ReflectorTiming;
  readonly #stop = new AbortController();
  readonly #pause = new Pause();
  readonly #retries: Backoff;
  readonly #refusals: Backoff;
  /** Up to where everything is known; absent before the first list and after a proven absence. */
  #resourceVersion: string | undefined;
  /** Index of the version in use. */
  #version = 0;
  /** Ends the current watch, to look for a better version. */
  #interrupt: AbortController | undefined;
  /** Whether the API server streams lists; found out by asking. */
  #streams = true;
  /** Watches in a row that were over at once and showed nothing. */
  #fruitless = 0;
  #forbiddenSince: number | undefined;
  #listedOnce = false;
  #woken = false;
  #status: Omit<ReflectorStatus, 'confirmed'>;
  #confirmed: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    const { retryMs, maxRetryMs, forbiddenMs } = this.#timing;
    this.#retries = new Backoff({ baseMs: retryMs, maxMs: maxRetryMs });
    this.#refusals = new Backoff({ baseMs: retryMs * 5, maxMs: forbiddenMs });
    this.#status = { state: 'pending', version: this.#versionName };
  }

  get status(): ReflectorStatus {
    return { ...this.#status, confirmed: this.#confirmed };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing more will be put into the sink. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  /** Something about the kind itself has changed: look again now. */
  wake(): void {
    this.#woken = true;
    this.#refusals.reset();
    if (this.#status.state === 'absent') this.#version = 0;
    if (this.#pause.end() || this.#version === 0) return;
    this.#version = 0;
    this.#interrupt?.abort(new Error('a better version may be served'));
  }

  get #versionName(): string {
    return this.#options.type.versions[this.#version] ?? 'v1';
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#interrupt = new AbortController();
      this.#woken = false;
      let wait = 0;
      try {
        const began = performance.now();
        await this.#follow(AbortSignal.any([signal, this.#interrupt.signal]));
        if (performance.now() - began < shortMs) wait = this.#retries.next();
      } catch (error) {
        if (signal.aborted) break;
        if (this.#interrupt.signal.aborted) continue;
        wait = await this.#failed(error).catch((reason: unknown) => signal.aborted ? 0 : this.#lost(reason));
      }
      if (wait > 0 && !this.#woken) await this.#pause.wait(wait, signal).catch(() => {});
    }
  }

  /** One list, if none is at hand, and one watch. */
  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion !== undefined) return await this.#watch(signal, { initial: false });
    if (this.#streams) {
      try {
        return await this.#watch(signal, { initial: true });
      } catch (error) {
        if (!isStatus(error, 400) && !isStatus(error, 422)) throw error;
        this.#streams = false;
      }
    }
    await this.#list(signal);
    await this.#watch(signal, { initial: false });
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, type, sink, query } = this.#options;
    const path = collectionPath(type, this.#versionName);
    sink.begin();
    let continuation: string | undefined;
    let resourceVersion: string | undefined;
    do {
      const { body } = await api.request('GET', path, {
        query: { ...query, limit: pageSize, continue: continuation },
        accept: this.#accept('list'),
        signal,
        timeoutMs: 60_000,
      });
      const { metadata, items } = body as RawList;
      for (const item of items ?? []) this.#take(item, (object) => sink.listed(object));
      continuation = metadata.continue === '' ? undefined : metadata.continue;
      ({ resourceVersion } = metadata);
    } while (continuation !== undefined);
    this.#completed(resourceVersion);
  }

  async #watch(signal: AbortSignal, { initial }: { readonly initial: boolean }): Promise<void> {
    const { api, type, sink, query } = this.#options;
    const [least, most] = this.#timing.watchMs;
    let listing = initial;
    let opened = Infinity;
    let shown = false;
    let ended = false;
    const stream = api.stream(collectionPath(type, this.#versionName), {
      query: {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.ceil((least + Math.random() * (most - least)) / 1000),
        ...(initial
          ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
          : { resourceVersion: this.#resourceVersion }),
      },
      accept: this.#accept('watch'),
      signal,
      idleMs: this.#timing.idleMs,
      onOpen: () => {
        opened = performance.now();
        if (listing) sink.begin();
        else this.#live();
      },
      onLine: (line) => {
        const event = JSON.parse(line) as WatchEvent;
        if (event.type === 'ERROR') {
          ended = true;
          throw watchError(event.object);
        }
        const { resourceVersion, annotations } = event.object.metadata;
        if (event.type === 'BOOKMARK') {
          if (listing && annotations?.['k8s.io/initial-events-end'] === 'true') {
            listing = false;
            this.#completed(resourceVersion);
          }
        } else if (event.type === 'DELETED') {
          this.#take(event.object, (object) => sink.deleted(object));
        } else if (event.type === 'ADDED' || event.type === 'MODIFIED') {
          this.#take(event.object, (object) => listing ? sink.listed(object) : sink.changed(object));
        }
        if (listing) return;
        shown ||= !initial;
        this.#resourceVersion = resourceVersion ?? this.#resourceVersion;
        this.#confirm();
      },
    });
    try {
      await stream;
      ended = true;
    } catch (error) {
      const silent = opened < Infinity && error instanceof ApiError && error.reason === 'Timeout';
      // Not every server that takes the question knows to say where the list ends.
      if (listing && silent) this.#streams = false;
      throw error;
    } finally {
      if (!listing && (shown || performance.now() - opened >= shortMs)) {
        this.#retries.reset();
        this.#fruitless = 0;
      } else if (ended && !initial && ++this.#fruitless > 1) {
        // What comes next from here may be what the server cannot say; a list goes past it.
        this.#resourceVersion = undefined;
        this.#fruitless = 0;
      }
    }
    if (listing) {
      this.#streams = false;
      throw new ApiError({ status: 0, reason: 'Unreachable', message: 'the list broke off' });
    }
  }

  #accept(what: 'list' | 'watch'): string | undefined {
    return this.#options.metadataOnly === true ? metadataAccept[what] : undefined;
  }

  /** Objects in lists of built-in kinds do not say what they are. */
  #take(object: RawObject, put: (object: RawObject) => void): void {
    const { type, metadataOnly } = this.#options;
    if (metadataOnly !== true) {
      object.kind = type.kind;
      object.apiVersion = type.group === '' ? this.#versionName : `${type.group}/${this.#versionName}`;
    }
    put(object);
  }

  #completed(resourceVersion: string | undefined): void {
    this.#resourceVersion = resourceVersion;
    this.#listedOnce = true;
    this.#options.sink.complete();
    this.#live();
  }

  #live(): void {
    this.#refusals.reset();
    this.#forbiddenSince = undefined;
    this.#set({ state: 'live', problem: undefined });
    this.#confirm();
  }

  #confirm(): void {
    this.#confirmed = performance.now();
  }

  #set({ state, problem }: Pick<ReflectorStatus, 'state' | 'problem'>): void {
    const before = this.#status;
    const version = this.#versionName;
    this.#status = { state, version, ...(problem === undefined ? {} : { problem }) };
    const same = before.state === state && before.version === version &&
      before.problem?.status === problem?.status && before.problem?.reason === problem?.reason;
    if (!same) this.#options.onStatus?.(this.status);
  }

  /** Answers how long to wait, ms. */
  async #failed(error: unknown): Promise<number> {
    if (isStatus(error, 410) || (error instanceof ApiError && error.reason === 'Expired')) {
      this.#resourceVersion = undefined;
      return this.#retries.next();
    }
    if (isStatus(error, 404)) return await this.#missing(error);
    if (isStatus(error, 403)) return this.#forbidden(error);
    if (await this.#isUnconverted(error)) return this.#unconverted(error);
    return this.#lost(error);
  }

  /**
   * Whether objects cannot be converted to this version. Lists say so; watches are refused for now and for good, since what
   * the API server serves them from never gets ready, so one object is asked for past that.
   */
  async #isUnconverted(error: unknown): Promise<boolean> {
    if (isConversion(error)) return true;
    const { api, type } = this.#options;
    if (type.versions.length === 1 || !isUnready(error)) return false;
    const path = collectionPath(type, this.#versionName);
    const { signal } = this.#stop;
    try {
      await api.request('GET', path, { query: { limit: 1 }, signal, timeoutMs: 10_000 });
      return false;
    } catch (reason) {
      return isConversion(reason);
    }
  }

  /** This version is not served, at least: the next one may be, or none is. */
  async #missing(error: ApiError): Promise<number> {
    const { api, type, sink } = this.#options;
    if (this.#version + 1 < type.versions.length) {
      this.#version++;
      return 0;
    }
    this.#version = 0;
    const absent = await isAbsent(api, type, this.#stop.signal);
    if (!absent) return this.#lost(error);
    this.#resourceVersion = undefined;
    this.#listedOnce = false;
    sink.absent();
    this.#set({ state: 'absent', problem: undefined });
    this.#confirm();
    return this.#timing.absentMs * (0.75 + Math.random() / 2);
  }

  /** What is stored in another version cannot be converted to this one, but that one needs no conversion. */
  #unconverted(error: unknown): number {
    if (this.#version + 1 < this.#options.type.versions.length) {
      this.#version++;
      return 0;
    }
    this.#version = 0;
    return this.#lost(error);
  }

  #forbidden(error: ApiError): number {
    const now = performance.now();
    this.#forbiddenSince ??= now;
    const proven = now - this.#forbiddenSince >= this.#timing.forbiddenProofMs;
    if (this.#listedOnce) this.#set({ state: 'lost', problem: error });
    else if (this.#options.optional === true && proven) {
      this.#options.sink.absent();
      this.#set({ state: 'absent', problem: error });
      this.#confirm();
    } else this.#set({ state: 'pending', problem: error });
    return this.#refusals.next();
  }

  #lost(error: unknown): number {
    const problem = error instanceof ApiError
      ? error
      : new ApiError({ status: 0, reason: 'Unreachable', message: String(error) }, { cause: error });
    // Who is not answered at all is not proven to be forbidden anything.
    this.#forbiddenSince = undefined;
    if (this.#status.state !== 'absent') {
      this.#set({ state: this.#listedOnce ? 'lost' : 'pending', problem });
    }
    return this.#retries.next(problem.retryAfterMs);
  }
}

/** Whether the API server has not read what it serves watches from. */
function isUnready(error: unknown): boolean {
  return isStatus(error, 429) && /initializing/.test(error.message) ||
    isStatus(error, 504) && /Too large resource version/.test(error.message);
}

/** Whether the webhook of a definition does not answer, or not rightly. */
function isConversion(error: unknown): error is ApiError {
  return isStatus(error, 500) && /conversion webhook/.test(error.message);
}

interface RawList {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  /** Null for none. */
  readonly items?: readonly RawObject[] | null;
}

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: RawObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number } };

function watchError(object: { readonly code?: number }): ApiError {
  const failure = failureOf(object.code ?? 500, object);
  return new ApiError({ ...failure, message: `watch: ${failure.reason}: ${failure.message}` });
}

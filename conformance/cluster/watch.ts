import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';

/** What every object of the API has. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ApiObject {
  readonly metadata: Metadata;
}

export interface WatchHandlers<T> {
  /** An object is new or has changed. */
  set(object: T): void;
  delete(object: T): void;
}

export interface WatchOptions<T> extends WatchHandlers<T> {
  readonly client: ApiClient;
  /** Of the collection, such as `/api/v1/pods`. */
  readonly path: string;
  /** Told of what made the watch begin again. */
  failed(error: unknown): void;
}

const RETRY_MS = 200;

interface List<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string };
}

/**
 * Tells of all objects of a collection and of every change from then on, until the signal ends it. It outlives the API server:
 * after a break it lists again, and tells of what differs. Resolves once the first list has been told.
 */
export async function watch<T extends ApiObject>(
  options: WatchOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, T>();
  let version = await list(options, known, signal);
  void (async () => {
    while (!signal.aborted) {
      version = await follow(options, { known, version }, signal);
      if (signal.aborted) return;
      version = await list(options, known, signal);
    }
  })();
}

async function list<T extends ApiObject>(
  options: WatchOptions<T>,
  known: Map<string, T>,
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    try {
      const { items, metadata } = await options.client.request<List<T>>(options.path);
      replace(options, known, items);
      return metadata.resourceVersion;
    } catch (error) {
      if (signal.aborted) return '';
      options.failed(error);
      await sleep(RETRY_MS);
    }
  }
}

function replace<T extends ApiObject>(
  handlers: WatchHandlers<T>,
  known: Map<string, T>,
  items: readonly T[],
): void {
  const listed = new Set(items.map(({ metadata }) => metadata.uid));
  for (const [uid, object] of known) {
    if (listed.has(uid)) continue;
    known.delete(uid);
    handlers.delete(object);
  }
  for (const object of items) {
    const { uid, resourceVersion } = object.metadata;
    if (known.get(uid)?.metadata.resourceVersion === resourceVersion) continue;
    known.set(uid, object);
    handlers.set(object);
  }
}

interface Position<T> {
  readonly known: Map<string, T>;
  readonly version: string;
}

/** Resolves with the last version seen when the watch ends, whatever ends it. */
async function follow<T extends ApiObject>(
  options: WatchOptions<T>,
  { known, version }: Position<T>,
  signal: AbortSignal,
): Promise<string> {
  let last = version;
  try {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
    for await (const line of options.client.lines(`${options.path}?${query}`, signal)) {
      if (line === '') continue;
      const event = JSON.parse(line) as { readonly type: string; readonly object: T };
      if (event.type === 'ERROR') break;
      last = event.object.metadata.resourceVersion;
      apply(options, known, event);
    }
  } catch (error) {
    if (!signal.aborted) {
      options.failed(error);
      await sleep(RETRY_MS);
    }
  }
  return last;
}

function apply<T extends ApiObject>(
  handlers: WatchHandlers<T>,
  known: Map<string, T>,
  { type, object }: { readonly type: string; readonly object: T },
): void {
  if (type === 'ADDED' || type === 'MODIFIED') {
    known.set(object.metadata.uid, object);
    handlers.set(object);
  } else if (type === 'DELETED') {
    known.delete(object.metadata.uid);
    handlers.delete(object);
  }
}

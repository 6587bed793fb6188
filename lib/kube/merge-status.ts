import type { Condition, ParentReference } from '../api/mod.ts';
import { mergeConditions } from './merge-conditions.ts';
import { same } from './same.ts';

export interface MergeOptions {
  /** Entries of other controllers stay as they are. */
  readonly controllerName: string;
  /** Of the object. */
  readonly namespace: string;
  readonly kind: string;
  /** RFC 3339. */
  readonly now: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Upstream's limits of entries. */
const maxParents = 32;
const maxAncestors: Readonly<Record<string, number>> = { XBackend: 32 };
const defaultMaxAncestors = 16;

/**
 * What is to be patched so that a status says what is wanted, and still says what others say: top-level fields with their
 * new values, null for those that go. Undefined if nothing is to be done.
 */
export function statusPatch(observed: Fields, wanted: Fields, options: MergeOptions): Fields | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(observed), ...Object.keys(wanted)])) {
    const before = observed[field];
    const after = merged(field, { before, after: wanted[field] }, options);
    // What has nothing to say needs no empty list for it.
    if (same(before, after) || (isEmpty(before) && isEmpty(after))) continue;
    patch[field] = after ?? null;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

interface Step {
  readonly before: unknown;
  readonly after: unknown;
}

function merged(field: string, { before, after }: Step, options: MergeOptions): unknown {
  const [old, wanted] = [list(before), list(after)];
  if (field === 'conditions') {
    return mergeConditions(old as Condition[], wanted as Condition[], options.now);
  }
  if (field === 'listeners' && after !== undefined) {
    return mergeListeners(old as NamedListener[], wanted as NamedListener[], options.now);
  }
  if (field === 'parents') {
    return mergeEntries(old as Entry[], wanted as Entry[], {
      ...options,
      reference: 'parentRef',
      max: maxParents,
    });
  }
  if (field === 'ancestors') {
    const max = maxAncestors[options.kind] ?? defaultMaxAncestors;
    return mergeEntries(old as Entry[], wanted as Entry[], { ...options, reference: 'ancestorRef', max });
  }
  return after;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface NamedListener {
  readonly name: string;
  readonly conditions?: readonly Condition[];
}

function mergeListeners(
  before: readonly NamedListener[],
  after: readonly NamedListener[],
  now: string,
): readonly NamedListener[] {
  const known = new Map(before.map((listener) => [listener.name, listener]));
  return after.map((listener) => ({
    ...listener,
    conditions: mergeConditions(known.get(listener.name)?.conditions ?? [], listener.conditions ?? [], now),
  }));
}

/** An entry of `parents` or `ancestors`. */
interface Entry {
  readonly controllerName: string;
  readonly conditions?: readonly Condition[];
  readonly parentRef?: ParentReference;
  readonly ancestorRef?: ParentReference;
}

interface EntryOptions extends MergeOptions {
  readonly reference: 'parentRef' | 'ancestorRef';
  readonly max: number;
}

/** Both lists are replaced as a whole by every write, so what others have put there has to be repeated. */
function mergeEntries(
  before: readonly Entry[],
  after: readonly Entry[],
  { controllerName, namespace, now, reference, max }: EntryOptions,
): readonly Entry[] {
  const idOf = (entry: Entry): string => referenceId(entry[reference], namespace);
  const left = new Map(after.map((entry) => [idOf(entry), entry]));
  const merged: Entry[] = [];
  for (const entry of before) {
    if (entry.controllerName !== controllerName) {
      merged.push(entry);
      continue;
    }
    const wanted = left.get(idOf(entry));
    if (wanted === undefined) continue;
    left.delete(idOf(entry));
    merged.push({
      ...wanted,
      conditions: mergeConditions(entry.conditions ?? [], wanted.conditions ?? [], now),
    });
  }
  for (const added of left.values()) {
    if (merged.length === max) break;
    merged.push({ ...added, conditions: mergeConditions([], added.conditions ?? [], now) });
  }
  return merged;
}

function referenceId(reference: ParentReference | undefined, namespace: string): string {
  if (reference === undefined) return '';
  const { group, kind, name, sectionName = '', port = '' } = reference;
  return JSON.stringify([
    group ?? 'gateway.networking.k8s.io',
    kind ?? 'Gateway',
    reference.namespace ?? namespace,
    name,
    sectionName,
    port,
  ]);
}

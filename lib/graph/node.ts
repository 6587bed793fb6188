import { equal } from './equal.ts';
import { compareKeys, edited } from './order.ts';
import { type Readers, wakeAll } from './readers.ts';
import type { Owner } from './transform.ts';
import type { Change, Collection, Fault, Keyed } from './types.ts';

/** The graph was used wrongly: a bug of the program that ends the commit, unlike a fault, which stops one value. */
export class MisuseError extends Error {
  override name = 'MisuseError';
}

/**
 * Spread into an object literal, keeps V8 from creating it in the old generation. It would, for a literal of which many
 * survived (the first commit's do), and there a dead change or bucket holds on to arrays of thousands of members until
 * the next full collection: measured, the heap grows to three times its size and each minor collection takes 20 ms, not 2.
 */
export const YOUNG: object = Object.freeze({});

/** What the nodes of one graph share. */
export interface Scope {
  /** Set while a transform runs, which must not see anything but through its `Fetch`. */
  running: Node | undefined;
  /** Numbers the runs of transforms, so that a slot can be marked as met in this one. */
  run: number;
  report(fault: Fault): void;
}

/** Where a node is declared. */
export interface Place {
  readonly scope: Scope;
  readonly name: string;
  /** Counts the graph's collections; a transform may read those of lower numbers. */
  readonly order: number;
}

/** One key of one collection: its value, and who read it, which they may also do while it is absent. */
export class Slot<T extends Keyed = Keyed> {
  readonly node: Node<T>;
  readonly key: string;
  value: T | undefined = undefined;
  /** Who computes the value, in a transform's collection. */
  owner: Owner<T> = undefined;
  readers: Readers = undefined;
  /** The last run that met this slot. */
  mark = 0;
  /** Whether the step under way has set it. */
  touched = false;

  constructor(node: Node<T>, key: string) {
    this.node = node;
    this.key = key;
  }

  /** Forgets a slot that nobody fills and nobody reads. */
  release(): void {
    const { node, key } = this;
    if (this.value !== undefined || this.owner !== undefined || this.readers !== undefined) return;
    if (this !== node.everything) node.slots.delete(key);
  }
}

/** A collection with its place in the graph. A commit calls `advance()` once, in declaration order. */
export abstract class Node<T extends Keyed = Keyed> implements Collection<T> {
  readonly name: string;
  readonly order: number;
  readonly slots: Map<string, Slot<T>> = new Map();
  /** Stands for all values: whoever reads it depends on each of them. */
  readonly everything: Slot<T> = new Slot<T>(this, '*');
  /** What the commit in progress has changed here, in key order. */
  changes: readonly Change<T>[] = [];
  size = 0;
  readonly scope: Scope;
  /** The slots that this step of the commit has set, and their values before it. */
  #touched: Slot<T>[] = [];
  #before: (T | undefined)[] = [];
  #sorted: readonly T[] | undefined;
  /**
   * Edits that `#sorted` lacks. Replaced, not cleared, like all such maps here: an old, dead table of a cleared map refers
   * to its successor, so that the entries of all live on.
   */
  #stale = new Map<string, T | undefined>();

  constructor({ scope, name, order }: Place) {
    this.scope = scope;
    this.name = name;
    this.order = order;
  }

  /** Takes in the changes of earlier nodes: calls `put()` for what they change here. */
  protected abstract step(): void;
  abstract explain(key: string): readonly string[];

  get(key: string): T | undefined {
    this.#guard();
    return this.slots.get(key)?.value;
  }

  values(): readonly T[] {
    this.#guard();
    return this.sorted();
  }

  /** `values()`, also for a running transform. */
  sorted(): readonly T[] {
    if (this.#sorted === undefined) {
      const values: T[] = [];
      for (const slot of this.slots.values()) {
        if (slot.value !== undefined) values.push(slot.value);
      }
      this.#sorted = values.sort(compareKeys);
    } else if (this.#stale.size > 0) {
      this.#sorted = edited(this.#sorted, this.#stale);
      this.#stale = new Map();
    }
    return this.#sorted;
  }

  slot(key: string): Slot<T> {
    let slot = this.slots.get(key);
    if (slot === undefined) this.slots.set(key, slot = new Slot<T>(this, key));
    return slot;
  }

  advance(): void {
    this.step();
    if (this.#touched.length === 0) return;
    const touched = this.#touched;
    const befores = this.#before;
    this.#touched = [];
    this.#before = [];
    const changes: Change<T>[] = [];
    for (let at = 0; at < touched.length; at++) {
      const slot = touched[at]!;
      const before = befores[at];
      const { key, value: after } = slot;
      slot.touched = false;
      if (before === after || (before && after && this.same(before, after))) {
        slot.value = before;
      } else {
        changes.push({ ...YOUNG, key, before, after });
        this.size += (after ? 1 : 0) - (before ? 1 : 0);
        if (this.#sorted !== undefined) this.#stale.set(key, after);
        wakeAll(slot.readers);
      }
      slot.release();
    }
    if (changes.length === 0) return;
    wakeAll(this.everything.readers);
    this.changes = changes.sort(compareKeys);
    // Sorting anew is cheaper than so many edits, should anyone ask.
    if (this.#stale.size * 16 > this.size) {
      this.#sorted = undefined;
      this.#stale = new Map();
    }
  }

  /** Sets a value for now: only the last one of a step counts, and only if it differs from the one before the step. */
  protected put(slot: Slot<T>, value: T | undefined): void {
    if (!slot.touched) {
      slot.touched = true;
      this.#touched.push(slot);
      this.#before.push(slot.value);
    }
    slot.value = value;
  }

  protected same(before: T, after: T): boolean {
    return equal(before, after);
  }

  #guard(): void {
    if (this.scope.running === undefined) return;
    throw new MisuseError(
      `'${this.name}' was read by the transform of '${this.scope.running.name}' without fetch`,
    );
  }
}

/** The node that a collection is to the graph of `scope`. */
export function nodeOf<T extends Keyed>(collection: Collection<T>, scope: Scope): Node<T> {
  if (isNode(collection) && collection.scope === scope) return collection;
  throw new MisuseError(`'${collection.name}' is not a collection of this graph`);
}

function isNode<T extends Keyed>(collection: Collection<T>): collection is Node<T> {
  return collection instanceof Node;
}

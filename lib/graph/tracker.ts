import { MisuseError, type Node, nodeOf, type Scope, type Slot } from './node.ts';
import { sameItems } from './order.ts';
import { type Reader, withoutReader, withReader } from './readers.ts';
import type { Bucket, Collection, Fetch, Index, Keyed } from './types.ts';

const NONE: readonly never[] = [];

/** Hands values to the transform that runs, and records what it read. One serves the whole graph. */
export class Tracker implements Fetch {
  readonly #scope: Scope;
  /** Reused, so that what is kept of it can be an array of the exact length. */
  readonly #reads: Slot[] = [];

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  one<T extends Keyed>(from: Collection<T>, key: string): T | undefined {
    const slot = this.#earlier(from).slot(key);
    this.#record(slot);
    return slot.value;
  }

  by<T extends Keyed>(index: Index<T>, bucket: string): readonly T[] {
    return this.one<Bucket<T>>(index, bucket)?.members ?? NONE;
  }

  all<T extends Keyed>(from: Collection<T>): readonly T[] {
    const node = this.#earlier(from);
    this.#record(node.everything);
    return node.sorted();
  }

  begin(node: Node): void {
    this.#reads.length = 0;
    this.#scope.run++;
    this.#scope.running = node;
  }

  /** Ends a run whose reader has so far read `before`; returns what it reads from now on. */
  end(reader: Reader, before: readonly Slot[]): readonly Slot[] {
    this.#scope.running = undefined;
    const reads = this.#reads;
    if (sameItems(reads, before)) return before;
    const { run } = this.#scope;
    for (const slot of before) {
      // A slot read again is marked so that it isn't subscribed to again below.
      if (slot.mark === run) slot.mark = -run;
      else unsubscribe(slot, reader);
    }
    for (const slot of reads) {
      if (slot.mark === run) slot.readers = withReader(slot.readers, reader);
    }
    return reads.slice();
  }

  #record(slot: Slot): void {
    if (slot.mark === this.#scope.run) return;
    slot.mark = this.#scope.run;
    this.#reads.push(slot);
  }

  #earlier<T extends Keyed>(from: Collection<T>): Node<T> {
    const { running } = this.#scope;
    if (running === undefined) throw new MisuseError(`'${from.name}' was fetched while no transform runs`);
    const node = nodeOf(from, this.#scope);
    if (node.order < running.order) return node;
    throw new MisuseError(`'${running.name}' fetched '${from.name}', which is not declared before it`);
  }
}

export function unsubscribe(slot: Slot, reader: Reader): void {
  slot.readers = withoutReader(slot.readers, reader);
  if (slot.readers === undefined) slot.release();
}

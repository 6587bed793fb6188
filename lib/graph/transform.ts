import { MisuseError, Node, type Place, type Slot } from './node.ts';
import { compareKeys, edited } from './order.ts';
import type { Reader } from './readers.ts';
import { type Tracker, unsubscribe } from './tracker.ts';
import type { FlatMapper, Keyed } from './types.ts';

const NONE: readonly never[] = [];

/** One source value's share of a transform: what it read and what it gave. */
class Cell<T extends Keyed> implements Reader {
  /** Of the source value. */
  readonly key: string;
  readonly due: Cell<T>[];
  waiting = false;
  reads: readonly Slot[] = NONE;
  outputs: readonly Slot<T>[] = NONE;

  constructor(key: string, due: Cell<T>[]) {
    this.key = key;
    this.due = due;
  }

  wake(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.due.push(this);
  }
}

/** The value that a cell gives for an output key that other cells give too; `key` is the cell's. */
interface Claim<T extends Keyed> extends Keyed {
  readonly cell: Cell<T>;
  readonly value: T;
}

/** Who gives the value of a slot: nobody, one cell, or several, of which the first wins. */
export type Owner<T extends Keyed> = Cell<T> | readonly Claim<T>[] | undefined;

interface Wiring<S extends Keyed, T extends Keyed> {
  readonly from: Node<S>;
  readonly transform: FlatMapper<S, T>;
  readonly tracker: Tracker;
}

/** `map` and `flatMap`: runs the transform once for each source value that changed or whose reads changed. */
export class Transform<S extends Keyed, T extends Keyed> extends Node<T> {
  readonly #from: Node<S>;
  readonly #transform: FlatMapper<S, T>;
  readonly #tracker: Tracker;
  readonly #cells = new Map<string, Cell<T>>();
  readonly #due: Cell<T>[] = [];
  /** Slots that a further cell has claimed in this step. */
  #contested = new Set<Slot<T>>();

  constructor(place: Place, { from, transform, tracker }: Wiring<S, T>) {
    super(place);
    this.#from = from;
    this.#transform = transform;
    this.#tracker = tracker;
  }

  explain(key: string): readonly string[] {
    const owner = this.slots.get(key)?.owner;
    const cell = owner instanceof Cell ? owner : owner?.[0]?.cell ?? this.#cells.get(key);
    if (cell === undefined) return NONE;
    return [`${this.#from.name}/${cell.key}`, ...cell.reads.map((slot) => `${slot.node.name}/${slot.key}`)];
  }

  protected step(): void {
    for (const { key, after } of this.#from.changes) {
      let cell = this.#cells.get(key);
      if (after === undefined) {
        if (cell !== undefined) this.#remove(cell);
        continue;
      }
      if (cell === undefined) this.#cells.set(key, cell = new Cell(key, this.#due));
      cell.wake();
    }
    // Readers wake in the order in which they began to read; faults shall not tell.
    for (const cell of this.#due.sort(compareKeys)) {
      if (cell.waiting) this.#run(cell);
    }
    this.#due.length = 0;
    this.#reportContested();
  }

  #run(cell: Cell<T>): void {
    cell.waiting = false;
    const source = this.#from.slots.get(cell.key)!.value!;
    let results: readonly T[] | undefined;
    this.#tracker.begin(this);
    try {
      results = this.#transform(source, this.#tracker);
    } catch (error) {
      if (error instanceof MisuseError) throw error;
      this.scope.report({ collection: this.name, source: cell.key, reason: 'threw', error });
    } finally {
      cell.reads = this.#tracker.end(cell, cell.reads);
    }
    if (results !== undefined) this.#publish(cell, results);
  }

  #publish(cell: Cell<T>, results: readonly T[]): void {
    const { run } = this.scope;
    const before = cell.outputs;
    let outputs: Slot<T>[] = results.map((value) => this.slot(value.key));
    let repeated = false;
    for (let i = 0; i < outputs.length; i++) {
      const slot = outputs[i]!;
      if (slot.mark === run) {
        repeated = true;
        this.#duplicate(slot.key, cell.key, cell.key);
      } else this.#claim(slot, cell, results[i]!);
      slot.mark = run;
    }
    if (repeated) outputs = [...new Set(outputs)];
    cell.outputs = outputs.length === 0 ? NONE : outputs;
    for (const slot of before) {
      if (slot.mark !== run) this.#unclaim(slot, cell);
    }
  }

  #remove(cell: Cell<T>): void {
    cell.waiting = false;
    this.#cells.delete(cell.key);
    for (const slot of cell.outputs) this.#unclaim(slot, cell);
    for (const slot of cell.reads) unsubscribe(slot, cell);
  }

  #claim(slot: Slot<T>, cell: Cell<T>, value: T): void {
    const owner = slot.owner;
    if (owner === undefined || owner === cell) {
      slot.owner = cell;
      return this.put(slot, value);
    }
    const claims = owner instanceof Cell ? [{ key: owner.key, cell: owner, value: slot.value! }] : owner;
    const more = edited(claims, new Map([[cell.key, { key: cell.key, cell, value }]]));
    if (more.length > claims.length) this.#contested.add(slot);
    this.#settle(slot, more);
  }

  #unclaim(slot: Slot<T>, cell: Cell<T>): void {
    const { owner } = slot;
    const claims = owner === undefined || owner instanceof Cell ? NONE : owner;
    this.#settle(slot, edited(claims, new Map([[cell.key, undefined]])));
  }

  #settle(slot: Slot<T>, claims: readonly Claim<T>[]): void {
    slot.owner = claims.length > 1 ? claims : claims[0]?.cell;
    this.put(slot, claims[0]?.value);
  }

  #reportContested(): void {
    if (this.#contested.size === 0) return;
    for (const { key, owner } of this.#contested) {
      if (owner === undefined || owner instanceof Cell) continue;
      const [winner, ...losers] = owner;
      for (const loser of losers) this.#duplicate(key, loser.key, winner!.key);
    }
    this.#contested = new Set();
  }

  #duplicate(key: string, source: string, winner: string): void {
    const error = new Error(
      `'${this.name}' got the key '${key}' from '${source}', but has it from '${winner}'`,
    );
    this.scope.report({ collection: this.name, source, reason: 'duplicate-key', error });
  }
}

import { IndexNode } from './index-node.ts';
import { InputNode } from './input-node.ts';
import { MergeNode } from './merge-node.ts';
import { MisuseError, type Node, nodeOf, type Place, type Scope } from './node.ts';
import { Tracker } from './tracker.ts';
import { Transform } from './transform.ts';
import type {
  Batch,
  Change,
  Collection,
  Fault,
  FlatMapper,
  Graph,
  GraphOptions,
  Index,
  Input,
  Keyed,
  Mapper,
} from './types.ts';

/**
 * An empty graph. All collections are declared before the first commit.
 *
 * Faults are told, and subscribers called, when a commit is complete; what they throw leaves `commit()` after all were
 * called. A wrong use of the graph (reading a later collection, a nested commit) throws a `MisuseError`; when a transform
 * does so, the graph is of no further use.
 */
export function createGraph(options: GraphOptions = {}): Graph {
  return new Dataflow(options);
}

class Dataflow implements Graph {
  readonly #onFault: (fault: Fault) => void;
  readonly #nodes: Node[] = [];
  readonly #listeners = new Set<(batch: Batch) => void>();
  readonly #scope: Scope = { running: undefined, run: 0, report: (fault) => this.#faults.push(fault) };
  readonly #tracker = new Tracker(this.#scope);
  #faults: Fault[] = [];
  #revision = 0;
  #state: 'declaring' | 'idle' | 'computing' | 'notifying' = 'declaring';

  constructor(options: GraphOptions) {
    this.#onFault = options.onFault ?? (() => {});
  }

  input<T extends Keyed>(name: string): Input<T> {
    return this.#add(new InputNode<T>(this.#place(name)));
  }

  map<S extends Keyed, T extends Keyed>(
    name: string,
    from: Collection<S>,
    transform: Mapper<S, T>,
  ): Collection<T> {
    return this.flatMap<S, T>(name, from, (value, fetch) => {
      const result = transform(value, fetch);
      return result === undefined ? [] : [result];
    });
  }

  flatMap<S extends Keyed, T extends Keyed>(
    name: string,
    from: Collection<S>,
    transform: FlatMapper<S, T>,
  ): Collection<T> {
    const wiring = { from: nodeOf(from, this.#scope), transform, tracker: this.#tracker };
    return this.#add(new Transform<S, T>(this.#place(name), wiring));
  }

  merge<T extends Keyed>(name: string, from: readonly Collection<T>[]): Collection<T> {
    return this.#add(new MergeNode<T>(this.#place(name), from.map((each) => nodeOf(each, this.#scope))));
  }

  index<T extends Keyed>(
    name: string,
    from: Collection<T>,
    buckets: (value: T) => readonly string[],
  ): Index<T> {
    return this.#add(new IndexNode<T>(this.#place(name), { from: nodeOf(from, this.#scope), buckets }));
  }

  commit(): Batch {
    if (this.#state === 'notifying') throw new MisuseError('commit() was called by a subscriber of a commit');
    if (this.#state === 'computing') {
      throw new MisuseError('commit() was called by a transform, or after one misused the graph');
    }
    this.#state = 'computing';
    for (const node of this.#nodes) node.advance();
    this.#state = 'notifying';
    const batch = this.#takeBatch();
    const faults = this.#faults;
    this.#faults = [];
    try {
      this.#notify(batch, faults);
    } finally {
      this.#state = 'idle';
    }
    return batch;
  }

  subscribe(listener: (batch: Batch) => void): () => void {
    // A wrapper of its own, so that one function can subscribe twice.
    const entry = (batch: Batch): void => listener(batch);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  explain(of: Collection<Keyed>, key: string): readonly string[] {
    return nodeOf(of, this.#scope).explain(key);
  }

  #place(name: string): Place {
    if (this.#state !== 'declaring') throw new MisuseError(`'${name}' is declared after the first commit`);
    if (this.#nodes.some((node) => node.name === name)) {
      throw new MisuseError(`two collections are named '${name}'`);
    }
    return { scope: this.#scope, name, order: this.#nodes.length };
  }

  #add<N extends Node>(node: N): N {
    this.#nodes.push(node);
    return node;
  }

  #takeBatch(): Batch {
    const changed = new Map<unknown, readonly Change[]>();
    const collections: string[] = [];
    for (const node of this.#nodes) {
      if (node.changes.length === 0) continue;
      changed.set(node, node.changes);
      collections.push(node.name);
      node.changes = [];
    }
    if (collections.length > 0) this.#revision++;
    return {
      revision: this.#revision,
      collections,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each node is filed with changes of its own type
      changes: <T extends Keyed>(of: Collection<T>) => (changed.get(of) ?? []) as readonly Change<T>[],
    };
  }

  #notify(batch: Batch, faults: readonly Fault[]): void {
    const calls = faults.map((fault) => () => this.#onFault(fault));
    if (batch.collections.length > 0) {
      for (const listener of this.#listeners) calls.push(() => listener(batch));
    }
    const errors: unknown[] = [];
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several subscribers failed');
  }
}

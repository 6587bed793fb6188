/** A value of the graph: immutable, with a key that is unique within its collection. */
export interface Keyed {
  readonly key: string;
}

/** A named set of values, read in key order. */
export interface Collection<T extends Keyed> {
  readonly name: string;
  get(key: string): T | undefined;
  /** All values, in key order whatever the history. */
  values(): readonly T[];
  readonly size: number;
}

/** A collection that an edge fills. Changes are pending until the next `commit()`. */
export interface Input<T extends Keyed> extends Collection<T> {
  set(value: T): void;
  delete(key: string): void;
}

/**
 * Values of one collection, filed under the buckets that a function of the value alone names.
 * The non-empty buckets are a collection themselves, so that `map` can compute one result a bucket.
 */
export interface Index<T extends Keyed> extends Collection<Bucket<T>> {
  readonly source: Collection<T>;
}

/** One bucket of an index; equal when its members are the same values. */
export interface Bucket<T extends Keyed> extends Keyed {
  /** In key order. */
  readonly members: readonly T[];
}

/** A transform's only eyes. Each call is a recorded dependency of the value that it computes. */
export interface Fetch {
  one<T extends Keyed>(from: Collection<T>, key: string): T | undefined;
  by<T extends Keyed>(index: Index<T>, bucket: string): readonly T[];
  /** Every value: costly, since any change of the collection computes the reader again. */
  all<T extends Keyed>(from: Collection<T>): readonly T[];
}

export type Mapper<S extends Keyed, T extends Keyed> = (value: S, fetch: Fetch) => T | undefined;
export type FlatMapper<S extends Keyed, T extends Keyed> = (value: S, fetch: Fetch) => readonly T[];

/** One changed value: `before` is absent for an addition, `after` for a removal. */
export interface Change<T extends Keyed = Keyed> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What one commit changed, per collection, in key order. */
export interface Batch {
  /** Counts commits that changed something, from 1. */
  readonly revision: number;
  changes<T extends Keyed>(of: Collection<T>): readonly Change<T>[];
  /** Names of the collections that changed, in declaration order. */
  readonly collections: readonly string[];
}

/** A broken invariant that must not stop the rest: a throwing transform or a duplicate output key. */
export interface Fault {
  readonly collection: string;
  /** Key of the source value whose transform failed. */
  readonly source: string;
  readonly reason: 'threw' | 'duplicate-key';
  readonly error: unknown;
}

export interface GraphOptions {
  /**
   * Told of each fault when its commit is complete; tests rethrow, which then leaves `commit()`. The failing transform's
   * last output stays. A duplicate key is told when a source starts to give it, not at each commit that it lasts.
   */
  readonly onFault?: (fault: Fault) => void;
}

/**
 * An incremental dataflow: collections declared in order, which is topological order, and before the first commit.
 * Values that are deeply equal are the same value: the older object stays, `undefined` properties count as absent, and
 * the order of properties does not count. A use that breaks these rules throws at once and is no fault.
 */
export interface Graph {
  input<T extends Keyed>(name: string): Input<T>;
  /** At most one result for each value; the result keeps its own key. */
  map<S extends Keyed, T extends Keyed>(
    name: string,
    from: Collection<S>,
    transform: Mapper<S, T>,
  ): Collection<T>;
  flatMap<S extends Keyed, T extends Keyed>(
    name: string,
    from: Collection<S>,
    transform: FlatMapper<S, T>,
  ): Collection<T>;
  /** The union; a key present in several keeps the value of the first collection and reports a fault. */
  merge<T extends Keyed>(name: string, from: readonly Collection<T>[]): Collection<T>;
  index<T extends Keyed>(
    name: string,
    from: Collection<T>,
    buckets: (value: T) => readonly string[],
  ): Index<T>;
  /** One synchronous pass, glitch-free: each transform runs at most once, equal results stop. */
  commit(): Batch;
  subscribe(listener: (batch: Batch) => void): () => void;
  /**
   * The `collection/key` reads that a value was last computed from: its source, then what was fetched in the order of
   * the reads, `collection/*` for all. A source key that gave no value can be asked for too.
   */
  explain(of: Collection<Keyed>, key: string): readonly string[];
}

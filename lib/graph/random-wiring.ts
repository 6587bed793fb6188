/** For the property tests: random wirings of a graph, and a naive evaluator of the same wirings to compare with. */
import * as fc from 'fast-check';
import type { Bucket, Collection, Fetch, Graph, Index, Input, Keyed } from './types.ts';

/** Fits inputs, results and buckets alike, so that anything can be wired to anything. */
export interface Value extends Keyed {
  readonly n?: number;
  readonly refs?: readonly string[];
  readonly members?: readonly Value[];
}

export interface Read {
  readonly how: 'one' | 'by' | 'all';
  /** Counts collections from the first input, modulo those declared so far. */
  readonly of: number;
  /** Undefined: the key of the value itself. */
  readonly key: string | undefined;
}

/** One derived collection. */
export interface Step {
  readonly kind: 'map' | 'flatMap' | 'merge' | 'index';
  readonly from: number;
  readonly also: number;
  readonly reads: readonly Read[];
  /** Output keys that several sources share. */
  readonly shared: boolean;
  readonly throws: boolean;
}

/** What is done to an input between two commits; no value is a deletion. */
export interface Edit {
  readonly input: number;
  readonly key: string;
  readonly value: Omit<Value, 'key'> | undefined;
}

export const INPUTS = 3;
const KEYS = ['a', 'b', 'c', 'd', 'e'];

const key: fc.Arbitrary<string> = fc.constantFrom(...KEYS);
const position: fc.Arbitrary<number> = fc.nat(11);

export const edit: fc.Arbitrary<Edit> = fc.record({
  input: fc.nat(INPUTS - 1),
  key,
  value: fc.option(fc.record({ n: fc.nat(4), refs: fc.array(key, { maxLength: 3 }) }), { nil: undefined }),
});

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('map', 'flatMap', 'merge', 'index'),
    from: position,
    also: position,
    reads: fc.array(
      fc.record({
        how: fc.constantFrom('one', 'by', 'all'),
        of: position,
        key: fc.option(key, { nil: undefined }),
      }),
      { maxLength: 3 },
    ),
    shared: fc.boolean(),
    throws: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/** The collections of a wiring, in declaration order: the inputs, then one a step. */
export interface Wired {
  readonly collections: Collection<Value>[];
  /** The indexes among them. */
  readonly indexes: Index<Value>[];
}

export type Compute = (value: Value, fetch: Fetch) => readonly Value[];

/** The pure function of a `map` or `flatMap` step; the number of its reads depends on what it reads. */
export function computeOf(step: Step, { collections, indexes }: Wired): Compute {
  const known = collections.slice();
  const filed = indexes.slice();
  return (value, fetch) => {
    let sum = weigh(value);
    for (const { how, of, key = value.key } of step.reads) {
      if (sum % 4 === 3) continue;
      const index = filed[of % filed.length];
      if (how === 'by' && index !== undefined) sum += total(fetch.by(index, key));
      else if (how === 'all') sum += total(fetch.all(at(known, of)));
      else sum += weigh(fetch.one(at(known, of), key) ?? { key, n: 3 });
    }
    if (step.throws && sum % 5 === 4) throw new Error('unlucky');
    const refs = value.refs ?? (value.members ?? []).map((member) => member.key);
    const result = { key: step.shared ? at(KEYS, sum) : value.key, n: sum % 7, refs };
    if (step.kind === 'map') return sum % 6 === 5 ? [] : [result];
    return refs.map((ref, i) => ({
      key: step.shared ? ref : `${value.key}${ref}`,
      n: (sum + i) % 7,
      refs: [ref],
    }));
  };
}

/** The function of an `index` step. */
export function bucketsOf(step: Step): (value: Value) => readonly string[] {
  return (value) => {
    if (step.throws && weigh(value) % 5 === 4) throw new Error('unlucky');
    return value.refs ?? [at(KEYS, weigh(value))];
  };
}

/** Declares the wiring; `around` may wrap the function of each transform. */
export function wire(
  graph: Graph,
  wiring: readonly Step[],
  around: (compute: Compute, name: string) => Compute = (compute) => compute,
): Wired & { readonly inputs: Input<Value>[] } {
  const inputs = Array.from({ length: INPUTS }, (_, i) => graph.input<Value>(`input${i}`));
  const wired: Wired = { collections: [...inputs], indexes: [] };
  for (const [i, step] of wiring.entries()) {
    const from = at(wired.collections, step.from);
    const name = `${step.kind}${i}`;
    const compute = around(computeOf(step, wired), name);
    if (step.kind === 'map') wired.collections.push(graph.map(name, from, (...args) => compute(...args)[0]));
    else if (step.kind === 'flatMap') wired.collections.push(graph.flatMap(name, from, compute));
    else if (step.kind === 'merge') {
      wired.collections.push(graph.merge(name, [from, at(wired.collections, step.also)]));
    } else {
      const index = graph.index(name, from, bucketsOf(step));
      wired.collections.push(index);
      wired.indexes.push(index);
    }
  }
  return { ...wired, inputs };
}

/** What each transform last gave, or filed, for each source key: all that a history may leave behind. */
export type Memory = Map<string, Map<string, readonly Value[]>>;

/** Evaluates the wiring anew from the inputs' values. Only a throwing transform looks at `memory`. */
export function evaluate(
  wiring: readonly Step[],
  inputs: readonly ReadonlyMap<string, Value>[],
  memory: Memory,
): Wired {
  const wired: Wired = {
    collections: inputs.map((values, i) => table(`input${i}`, [...values.values()])),
    indexes: [],
  };
  for (const [i, step] of wiring.entries()) {
    const from = at(wired.collections, step.from);
    const name = `${step.kind}${i}`;
    if (step.kind === 'merge') {
      wired.collections.push(table(name, [...from.values(), ...at(wired.collections, step.also).values()]));
      continue;
    }
    const last = memory.get(name);
    const present = new Map<string, readonly Value[]>();
    memory.set(name, present);
    const compute = step.kind === 'index' ? fileUnder(bucketsOf(step)) : computeOf(step, wired);
    for (const value of from.values()) {
      try {
        present.set(value.key, compute(value, directly));
      } catch {
        present.set(value.key, last?.get(value.key) ?? []);
      }
    }
    const results = [...present.values()].flat();
    if (step.kind === 'index') {
      const index = { ...table(name, gather(results)), source: from };
      wired.collections.push(index);
      wired.indexes.push(index);
    } else wired.collections.push(table(name, results));
  }
  return wired;
}

/** Lets an index be evaluated like a `flatMap` that gives one-member buckets. */
function fileUnder(buckets: (value: Value) => readonly string[]): (value: Value) => readonly Bucket<Value>[] {
  return (value) => [...new Set(buckets(value))].map((key) => ({ key, members: [value] }));
}

function gather(parts: readonly Value[]): Bucket<Value>[] {
  const buckets = Map.groupBy(parts, ({ key }) => key);
  return [...buckets].map(([key, found]) => ({ key, members: found.flatMap(({ members = [] }) => members) }));
}

const directly: Fetch = {
  one: (from, key) => from.get(key),
  by: (index, bucket) => index.get(bucket)?.members ?? [],
  all: (from) => from.values(),
};

/** A collection of given values, of which the first with a key counts. */
function table<T extends Keyed>(name: string, values: readonly T[]): Collection<T> {
  const byKey = new Map<string, T>();
  for (const value of values) {
    if (!byKey.has(value.key)) byKey.set(value.key, value);
  }
  const sorted = [...byKey.keys()].sort().map((key) => byKey.get(key)!);
  return { name, get: (key) => byKey.get(key), values: () => sorted, size: sorted.length };
}

function weigh(value: Value): number {
  return value.n ?? total(value.members ?? []);
}

function total(values: readonly Value[]): number {
  return values.reduce((sum, value) => sum + weigh(value) + 1, 0);
}

function at<T>(items: readonly T[], position: number): T {
  return items[position % items.length]!;
}

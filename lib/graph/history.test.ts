import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Collection, createGraph, type Fault, type Fetch } from './mod.ts';
import {
  type Compute,
  type Edit,
  edit,
  evaluate,
  INPUTS,
  type Memory,
  type Step,
  steps,
  type Value,
  wire,
  type Wired,
} from './random-wiring.ts';

const commits = fc.array(fc.array(edit, { maxLength: 8 }), { minLength: 1, maxLength: 8 });

test('after each commit of a random history every collection is what evaluation from scratch gives', () => {
  fc.assert(
    fc.property(steps, commits, (wiring, history) => {
      const graph = createGraph();
      const wired = wire(graph, wiring);
      const inputs = Array.from({ length: INPUTS }, () => new Map<string, Value>());
      const memory: Memory = new Map();
      for (const edits of history) {
        for (const each of edits) {
          apply(wired.inputs, each);
          if (each.value === undefined) inputs[each.input]!.delete(each.key);
          else inputs[each.input]!.set(each.key, { key: each.key, ...each.value });
        }
        graph.commit();
        const expected = evaluate(wiring, inputs, memory);
        for (const [i, collection] of wired.collections.entries()) {
          assert.deepEqual(collection.values(), expected.collections[i]!.values(), collection.name);
          assert.equal(collection.size, collection.values().length);
          for (const value of collection.values()) assert.equal(collection.get(value.key), value);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('the order of the inputs and the batching of the commits do not show', () => {
  const shuffled = fc.uniqueArray(edit, { selector: ({ input, key }) => `${input}/${key}`, maxLength: 15 })
    .chain((last) => fc.tuple(fc.shuffledSubarray(last, { minLength: last.length }), fc.constant(last)));
  fc.assert(
    fc.property(steps, commits, shuffled, fc.nat(5), (wiring, history, [oneOrder, otherOrder], size) => {
      // What a throwing transform leaves behind does depend on the history, on purpose.
      const sound = wiring.map((step) => ({ ...step, throws: false }));
      const settled = new Map<string, Edit>();
      for (const each of [...history.flat(), ...otherOrder]) settled.set(`${each.input}/${each.key}`, each);
      const fresh = [...settled.values()];
      const once = run(sound, [fresh]);
      const reversed = run(sound, [fresh.reverse()]);
      const stepwise = run(sound, [...history, ...chunks(oneOrder, size + 1)]);
      assert.equal(reversed.bytes, once.bytes);
      assert.equal(stepwise.bytes, once.bytes);
      assert.deepEqual(reversed.faults, once.faults);
    }),
    { numRuns: 1000 },
  );
});

test('the batches, replayed, give the values of every collection', () => {
  fc.assert(
    fc.property(steps, commits, (wiring, history) => {
      const graph = createGraph();
      const wired = wire(graph, wiring);
      const replicas = wired.collections.map(() => new Map<string, Value>());
      let revision = 0;
      graph.subscribe((batch) => {
        assert.equal(batch.revision, ++revision);
        const changed = wired.collections.filter((collection) => batch.changes(collection).length > 0);
        assert.deepEqual(batch.collections, changed.map(({ name }) => name));
        for (const [i, collection] of wired.collections.entries()) {
          const changes = batch.changes(collection);
          assert.deepEqual(changes.map(({ key }) => key), changes.map(({ key }) => key).sort());
          for (const { key, before, after } of changes) {
            assert.equal(replicas[i]!.get(key), before);
            if (after === undefined) replicas[i]!.delete(key);
            else replicas[i]!.set(key, after);
          }
        }
      });
      for (const edits of history) {
        for (const each of edits) apply(wired.inputs, each);
        assert.equal(graph.commit().revision, revision);
      }
      for (const [i, collection] of wired.collections.entries()) {
        assert.equal(replicas[i]!.size, collection.size);
        for (const value of collection.values()) assert.equal(replicas[i]!.get(value.key), value);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a transform runs if its source value or something that it read changed, else not, and once a commit', () => {
  fc.assert(
    fc.property(steps, commits, (wiring, history) => {
      const graph = createGraph();
      /** Per transform and source key, what the last run read: a collection with a key, or all of it. */
      const lastReads = new Map<string, readonly [Collection<Value>, string | undefined][]>();
      const ran = new Set<string>();
      const around = (compute: Compute, name: string): Compute => (value, fetch) => {
        const id = `${name}/${value.key}`;
        assert.ok(!ran.has(id), `${id} ran twice in one commit`);
        ran.add(id);
        const reads: [Collection<Value>, string | undefined][] = [];
        nextReads.set(id, reads);
        return compute(value, spy(fetch, reads));
      };
      const nextReads = new Map<string, [Collection<Value>, string | undefined][]>();
      const wired = wire(graph, wiring, around);
      for (const edits of history) {
        for (const each of edits) apply(wired.inputs, each);
        ran.clear();
        const batch = graph.commit();
        const changed = (of: Collection<Value>, key: string | undefined): boolean =>
          batch.changes(of).some((change) => key === undefined || change.key === key);
        for (const [name, from] of transforms(wiring, wired)) {
          for (const { key } of from.values()) {
            const id = `${name}/${key}`;
            const due = changed(from, key) || (lastReads.get(id) ?? []).some((read) => changed(...read));
            assert.equal(ran.has(id), due, `${id} ${due ? 'did not run' : 'ran for nothing'}`);
          }
        }
        for (const [id, reads] of nextReads) lastReads.set(id, reads);
      }
    }),
    { numRuns: 1000 },
  );
});

function apply(
  inputs: Wired['collections'] & ReturnType<typeof wire>['inputs'],
  { input, key, value }: Edit,
): void {
  if (value === undefined) inputs[input]!.delete(key);
  else inputs[input]!.set({ key, ...value });
}

/** The bytes that a history ends at, and the faults of its last commit. */
function run(
  wiring: readonly Step[],
  history: readonly (readonly Edit[])[],
): { bytes: string; faults: unknown[] } {
  let faults: Fault[] = [];
  const graph = createGraph({ onFault: (fault) => faults.push(fault) });
  const wired = wire(graph, wiring);
  for (const edits of history) {
    faults = [];
    for (const each of edits) apply(wired.inputs, each);
    graph.commit();
  }
  const told = faults.map(({ collection, source, reason }) => [collection, source, reason]);
  return { bytes: JSON.stringify(wired.collections.map((collection) => collection.values())), faults: told };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, i) => items.slice(i * size, (i + 1) * size),
  );
}

/** The names of the transforms with their sources. */
function transforms(wiring: readonly Step[], { collections }: Wired): [string, Collection<Value>][] {
  return wiring.entries()
    .filter(([, { kind }]) => kind === 'map' || kind === 'flatMap')
    .map((
      [i, { kind, from }],
    ): [string, Collection<Value>] => [`${kind}${i}`, collections[from % (INPUTS + i)]!])
    .toArray();
}

function spy(fetch: Fetch, reads: [Collection<Value>, string | undefined][]): Fetch {
  return {
    one: (from, key) => {
      reads.push([from, key]);
      return fetch.one(from, key);
    },
    by: (index, bucket) => {
      reads.push([index, bucket]);
      return fetch.by(index, bucket);
    },
    all: (from) => {
      reads.push([from, undefined]);
      return fetch.all(from);
    },
  };
}

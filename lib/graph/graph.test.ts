import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGraph, type Fault, type Graph, type Keyed } from './mod.ts';

interface Item extends Keyed {
  readonly n: number;
  readonly tags?: readonly string[] | undefined;
}

function strict(): Graph {
  return createGraph({
    onFault: (fault) => {
      throw fault.error;
    },
  });
}

function recording(): { graph: Graph; faults: Fault[] } {
  const faults: Fault[] = [];
  return { graph: createGraph({ onFault: (fault) => faults.push(fault) }), faults };
}

test('`set()` shows at the next commit only', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  items.set({ key: 'a', n: 1 });
  assert.equal(items.get('a'), undefined);
  graph.commit();
  assert.deepEqual(items.get('a'), { key: 'a', n: 1 });
  assert.equal(items.size, 1);
});

test('`commit()` says what changed, in key order, with the collections in declaration order', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const doubled = graph.map('doubled', items, ({ key, n }) => ({ key, n: n * 2 }));
  for (const key of ['b', 'c', 'a']) items.set({ key, n: 1 });
  const first = graph.commit();
  assert.equal(first.revision, 1);
  assert.deepEqual(first.collections, ['items', 'doubled']);
  assert.deepEqual(first.changes(doubled).map(({ key }) => key), ['a', 'b', 'c']);
  items.set({ key: 'b', n: 2 });
  items.delete('c');
  assert.deepEqual(graph.commit().changes(doubled), [
    { key: 'b', before: { key: 'b', n: 2 }, after: { key: 'b', n: 4 } },
    { key: 'c', before: { key: 'c', n: 2 }, after: undefined },
  ]);
});

test('`commit()` keeps the revision and tells nobody when nothing changed', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const revisions: number[] = [];
  graph.subscribe((batch) => revisions.push(batch.revision));
  items.set({ key: 'a', n: 1 });
  graph.commit();
  items.set({ key: 'a', n: 1 });
  items.set({ key: 'b', n: 1 });
  items.delete('b');
  items.delete('absent');
  const batch = graph.commit();
  assert.equal(batch.revision, 1);
  assert.deepEqual(batch.collections, []);
  assert.deepEqual(batch.changes(items), []);
  assert.deepEqual(revisions, [1]);
});

test('`commit()` throws when called by a subscriber, and works afterwards', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const stop = graph.subscribe(() => graph.commit());
  items.set({ key: 'a', n: 1 });
  assert.throws(() => graph.commit(), /called by a subscriber/);
  stop();
  items.set({ key: 'a', n: 2 });
  assert.equal(graph.commit().revision, 2);
});

test('`commit()` calls every subscriber although one throws', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  let told = 0;
  graph.subscribe(() => {
    throw new Error('broken subscriber');
  });
  graph.subscribe(() => told++);
  items.set({ key: 'a', n: 1 });
  assert.throws(() => graph.commit(), /broken subscriber/);
  assert.equal(told, 1);
});

test('`map()` keeps the old value when the result is equal', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  let runs = 0;
  const parity = graph.map('parity', items, ({ key, n }) => ({ key, odd: n % 2 === 1 }));
  graph.map('readers', parity, (value) => {
    runs++;
    return value;
  });
  items.set({ key: 'a', n: 1 });
  graph.commit();
  const before = parity.get('a');
  items.set({ key: 'a', n: 3 });
  assert.deepEqual(graph.commit().collections, ['items']);
  assert.equal(parity.get('a'), before);
  assert.equal(runs, 1);
});

test('`map()` gives nothing for undefined and may rename', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const odd = graph.map('odd', items, ({ key, n }) => n % 2 === 1 ? { key: `odd/${key}` } : undefined);
  items.set({ key: 'a', n: 1 });
  items.set({ key: 'b', n: 2 });
  graph.commit();
  assert.deepEqual(odd.values(), [{ key: 'odd/a' }]);
  items.set({ key: 'a', n: 2 });
  graph.commit();
  assert.deepEqual(odd.values(), []);
  assert.equal(odd.size, 0);
});

test('`flatMap()` runs one source and changes only the outputs that differ', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const tags = graph.flatMap(
    'tags',
    items,
    ({ key, tags = [] }) => tags.map((tag) => ({ key: `${key}/${tag}` })),
  );
  items.set({ key: 'a', n: 0, tags: ['x', 'y'] });
  items.set({ key: 'b', n: 0, tags: ['x'] });
  graph.commit();
  items.set({ key: 'a', n: 0, tags: ['z', 'x'] });
  const changes = graph.commit().changes(tags);
  assert.deepEqual(changes.map(({ key, after }) => [key, after !== undefined]), [['a/y', false], [
    'a/z',
    true,
  ]]);
});

test('`one()` makes the reader depend on that key only, also while it is absent', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const others = graph.input<Item>('others');
  const runs: string[] = [];
  const joined = graph.map('joined', items, ({ key }, fetch) => {
    runs.push(key);
    return { key, other: fetch.one(others, key)?.n };
  });
  for (const key of ['a', 'b']) items.set({ key, n: 0 });
  graph.commit();
  runs.length = 0;
  others.set({ key: 'a', n: 1 });
  others.set({ key: 'c', n: 1 });
  graph.commit();
  assert.deepEqual(runs, ['a']);
  assert.deepEqual(joined.get('a'), { key: 'a', other: 1 });
});

test('`by()` makes the reader depend on that bucket only', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const index = graph.index('items-by-tag', items, ({ tags = [] }) => tags);
  const wanted = graph.input<Keyed>('wanted');
  const runs: string[] = [];
  const sums = graph.map('sums', wanted, ({ key }, fetch) => {
    runs.push(key);
    return { key, sum: fetch.by(index, key).reduce((sum, { n }) => sum + n, 0) };
  });
  for (const key of ['x', 'y', 'z']) wanted.set({ key });
  items.set({ key: 'a', n: 1, tags: ['x', 'x', 'y'] });
  items.set({ key: 'b', n: 2, tags: ['y'] });
  graph.commit();
  assert.deepEqual(sums.values().map(({ sum }) => sum), [1, 3, 0]);
  runs.length = 0;
  items.set({ key: 'b', n: 5, tags: ['y'] });
  graph.commit();
  assert.deepEqual(runs, ['y']);
  items.delete('b');
  items.set({ key: 'c', n: 1, tags: ['z'] });
  graph.commit();
  assert.deepEqual(sums.values().map(({ sum }) => sum), [1, 1, 1]);
});

test('`all()` makes the reader depend on every value', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const one = graph.input<Keyed>('one');
  const total = graph.map(
    'total',
    one,
    ({ key }, fetch) => ({ key, keys: fetch.all(items).map((i) => i.key) }),
  );
  one.set({ key: '*' });
  graph.commit();
  items.set({ key: 'b', n: 0 });
  items.set({ key: 'a', n: 0 });
  graph.commit();
  assert.deepEqual(total.get('*')?.keys, ['a', 'b']);
  items.delete('b');
  graph.commit();
  assert.deepEqual(total.get('*')?.keys, ['a']);
  assert.deepEqual(graph.explain(total, '*'), ['one/*', 'items/*']);
});

test('`index()` is a collection of its non-empty buckets', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const index = graph.index('items-by-tag', items, ({ tags = [] }) => tags);
  const sizes = graph.map('sizes', index, ({ key, members }) => ({ key, size: members.length }));
  items.set({ key: 'b', n: 1, tags: ['x'] });
  items.set({ key: 'a', n: 1, tags: ['x'] });
  graph.commit();
  assert.deepEqual(index.get('x')?.members.map(({ key }) => key), ['a', 'b']);
  assert.equal(index.get('x')?.members[0], items.get('a'));
  assert.deepEqual(sizes.values(), [{ key: 'x', size: 2 }]);
  assert.deepEqual(graph.explain(index, 'x'), ['items/a', 'items/b']);
  const snapshot = index.get('x')?.members;
  items.set({ key: 'a', n: 2 });
  items.set({ key: 'b', n: 2 });
  graph.commit();
  assert.deepEqual(index.values(), []);
  assert.deepEqual(sizes.values(), []);
  assert.equal(snapshot?.length, 2, 'a snapshot of the members stays as it was');
});

test('`index()` leaves a value filed as it was when the function throws', () => {
  const { graph, faults } = recording();
  const items = graph.input<Item>('items');
  const index = graph.index('parity', items, ({ n }) => {
    if (n < 0) throw new Error('negative');
    return [n % 2 === 0 ? 'even' : 'odd'];
  });
  const filed = (): unknown => index.values().map(({ key, members }) => [key, members.map(({ n }) => n)]);
  items.set({ key: 'a', n: 1 });
  graph.commit();
  items.set({ key: 'a', n: -1 });
  graph.commit();
  assert.deepEqual(filed(), [['odd', [1]]]);
  assert.deepEqual(faults.map(({ collection, source, reason }) => [collection, source, reason]), [
    ['parity', 'a', 'threw'],
  ]);
  items.set({ key: 'a', n: 2 });
  graph.commit();
  assert.deepEqual(filed(), [['even', [2]]]);
  items.set({ key: 'a', n: -2 });
  graph.commit();
  items.delete('a');
  graph.commit();
  assert.deepEqual(filed(), []);
});

test('`merge()` keeps the value of the first collection and reports a fault', () => {
  const { graph, faults } = recording();
  const first = graph.input<Item>('first');
  const second = graph.input<Item>('second');
  const merged = graph.merge('merged', [first, second]);
  second.set({ key: 'a', n: 2 });
  graph.commit();
  assert.deepEqual(graph.explain(merged, 'a'), ['second/a']);
  first.set({ key: 'a', n: 1 });
  graph.commit();
  assert.deepEqual(merged.values(), [{ key: 'a', n: 1 }]);
  assert.deepEqual(graph.explain(merged, 'a'), ['first/a']);
  assert.deepEqual(faults.map(({ source, reason }) => [source, reason]), [['a', 'duplicate-key']]);
  first.delete('a');
  graph.commit();
  assert.deepEqual(merged.values(), [{ key: 'a', n: 2 }]);
  assert.equal(faults.length, 1);
});

test('a duplicate output key keeps the smallest source key, and the other takes over when that goes', () => {
  for (const order of [['a', 'b', 'c'], ['c', 'b', 'a'], ['b', 'c', 'a']]) {
    const { graph, faults } = recording();
    const items = graph.input<Item>('items');
    const claimed = graph.map('claimed', items, ({ key }) => ({ key: 'same', by: key }));
    for (const key of order) {
      items.set({ key, n: 0 });
      graph.commit();
    }
    assert.deepEqual(claimed.values(), [{ key: 'same', by: 'a' }]);
    assert.ok(faults.every(({ reason, source }) => reason === 'duplicate-key' && source !== 'a'));
    items.delete('a');
    graph.commit();
    assert.deepEqual(claimed.get('same'), { key: 'same', by: 'b' });
    assert.deepEqual(graph.explain(claimed, 'same'), ['items/b']);
    items.delete('b');
    graph.commit();
    items.delete('c');
    graph.commit();
    assert.equal(claimed.size, 0);
  }
});

test('a duplicate key is told when a source starts to give it, not while it lasts', () => {
  const { graph, faults } = recording();
  const items = graph.input<Item>('items');
  graph.map('claimed', items, ({ n }) => ({ key: 'same', n }));
  items.set({ key: 'a', n: 0 });
  items.set({ key: 'b', n: 0 });
  graph.commit();
  items.set({ key: 'a', n: 1 });
  items.set({ key: 'b', n: 1 });
  graph.commit();
  assert.deepEqual(faults.map(({ source }) => source), ['b']);
});

test('a key that moves from one source to another in a commit is no duplicate', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const tags = graph.flatMap(
    'tags',
    items,
    ({ key, tags = [] }) => tags.map((tag) => ({ key: tag, by: key })),
  );
  items.set({ key: 'b', n: 0, tags: ['x'] });
  graph.commit();
  items.set({ key: 'a', n: 0, tags: ['x'] });
  items.set({ key: 'b', n: 0, tags: [] });
  graph.commit();
  assert.deepEqual(tags.values(), [{ key: 'x', by: 'a' }]);
});

test('a key repeated within one result keeps the first and reports a fault', () => {
  const { graph, faults } = recording();
  const items = graph.input<Item>('items');
  const outputs = graph.flatMap('outputs', items, ({ key, n }) => [{ key, i: 0 }, { key, i: 1 }].slice(0, n));
  items.set({ key: 'a', n: 2 });
  graph.commit();
  assert.deepEqual(outputs.values(), [{ key: 'a', i: 0 }]);
  assert.deepEqual(faults.map(({ source, reason }) => [source, reason]), [['a', 'duplicate-key']]);
  items.set({ key: 'a', n: 0 });
  graph.commit();
  assert.equal(outputs.size, 0);
});

test('a throwing transform keeps its last output and is tried again when a read of it changes', () => {
  const { graph, faults } = recording();
  const items = graph.input<Item>('items');
  const limits = graph.input<Item>('limits');
  const checked = graph.map('checked', items, ({ key, n }, fetch) => {
    if (n > (fetch.one(limits, 'max')?.n ?? 10)) throw new Error('too many');
    return { key, n };
  });
  items.set({ key: 'a', n: 1 });
  graph.commit();
  items.set({ key: 'a', n: 11 });
  items.set({ key: 'b', n: 12 });
  assert.deepEqual(graph.commit().changes(checked), []);
  assert.deepEqual(checked.values(), [{ key: 'a', n: 1 }]);
  assert.deepEqual(faults.map(({ source, reason }) => [source, reason]), [['a', 'threw'], ['b', 'threw']]);
  limits.set({ key: 'max', n: 20 });
  graph.commit();
  assert.deepEqual(checked.values(), [{ key: 'a', n: 11 }, { key: 'b', n: 12 }]);
  items.set({ key: 'a', n: 21 });
  items.delete('b');
  graph.commit();
  items.delete('a');
  graph.commit();
  assert.equal(checked.size, 0);
});

test('a fault that `onFault` rethrows leaves `commit()` when the commit is complete', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const copies = graph.map('copies', items, ({ key, n }) => {
    if (n === 0) throw new Error('zero');
    return { key };
  });
  items.set({ key: 'a', n: 0 });
  items.set({ key: 'b', n: 1 });
  assert.throws(() => graph.commit(), /zero/);
  assert.deepEqual(copies.values(), [{ key: 'b' }]);
});

test('fetching a collection that is not declared earlier throws', () => {
  const graph = createGraph();
  const items = graph.input<Item>('items');
  const held: { later?: ReturnType<typeof graph.input<Item>> } = {};
  graph.map('eager', items, (value, fetch) => fetch.one(held.later!, 'x') ?? value);
  held.later = graph.input<Item>('later');
  items.set({ key: 'a', n: 0 });
  assert.throws(() => graph.commit(), /'eager' fetched 'later', which is not declared before it/);
});

test('reading past `fetch`, keeping it, and wiring graphs together throw', () => {
  const graph = createGraph();
  const items = graph.input<Item>('items');
  graph.map('sly', items, () => items.values()[0]);
  items.set({ key: 'a', n: 0 });
  assert.throws(() => graph.commit(), /'items' was read by the transform of 'sly' without fetch/);

  const other = createGraph();
  const things = other.input<Item>('things');
  const kept: (() => unknown)[] = [];
  other.map('keeper', things, (value, fetch) => {
    kept.push(() => fetch.one(things, 'a'));
    return value;
  });
  things.set({ key: 'a', n: 0 });
  other.commit();
  assert.throws(() => kept[0]?.(), /while no transform runs/);
  assert.throws(() => createGraph().merge('mixed', [things]), /not a collection of this graph/);
  assert.throws(() => other.input('late'), /declared after the first commit/);
});

test('two collections of one name throw', () => {
  const graph = createGraph();
  graph.input('items');
  assert.throws(() => graph.input('items'), /two collections/);
});

test('`explain()` lists the source and the reads in their order, each once', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  const index = graph.index('by-tag', items, ({ tags = [] }) => tags);
  const joined = graph.map('joined', items, ({ key, n }, fetch) => {
    fetch.by(index, 'x');
    if (n === 1) fetch.one(items, 'missing');
    fetch.by(index, 'x');
    return n === 2 ? undefined : { key };
  });
  items.set({ key: 'a', n: 1 });
  graph.commit();
  assert.deepEqual(graph.explain(joined, 'a'), ['items/a', 'by-tag/x', 'items/missing']);
  items.set({ key: 'a', n: 2 });
  graph.commit();
  assert.deepEqual(graph.explain(joined, 'a'), ['items/a', 'by-tag/x'], 'also why there is no value');
  assert.deepEqual(graph.explain(items, 'a'), []);
});

test('`values()` is in code-unit order and a snapshot', () => {
  const graph = strict();
  const items = graph.input<Item>('items');
  for (const key of ['é', 'b', 'B', 'a/b', 'a-b', '10', '9']) items.set({ key, n: 0 });
  graph.commit();
  const before = items.values();
  assert.deepEqual(before.map(({ key }) => key), ['10', '9', 'B', 'a-b', 'a/b', 'b', 'é']);
  assert.equal(items.values(), before);
  items.set({ key: 'a', n: 0 });
  items.delete('b');
  graph.commit();
  assert.deepEqual(items.values().map(({ key }) => key), ['10', '9', 'B', 'a', 'a-b', 'a/b', 'é']);
  assert.equal(before.length, 7);
});

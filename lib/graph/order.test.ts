import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareKeys, edited } from './order.ts';

interface Item {
  readonly key: string;
  readonly n: number;
}

test('`edited()` gives what sorting anew would, and leaves the original', () => {
  const key = fc.nat(300).map(String);
  const items = fc.uniqueArray(fc.record({ key, n: fc.nat(3) }), {
    selector: (item) => item.key,
    minLength: 100,
    maxLength: 200,
  });
  const edits = fc.array(fc.tuple(key, fc.option(fc.nat(3), { nil: undefined })), {
    maxLength: 90,
    size: 'max',
  });
  fc.assert(
    fc.property(items, edits, (items, edits) => {
      const sorted = items.sort(compareKeys);
      const model = new Map<string, Item>(sorted.map((item) => [item.key, item]));
      const wanted = new Map<string, Item | undefined>();
      for (const [key, n] of edits) {
        const item = n === undefined ? undefined : { key, n };
        wanted.set(key, item);
        if (item === undefined) model.delete(key);
        else model.set(key, item);
      }
      const before = sorted.slice();
      assert.deepEqual(edited(sorted, wanted), [...model.values()].sort(compareKeys));
      assert.deepEqual(sorted, before);
    }),
    { numRuns: 1000 },
  );
});

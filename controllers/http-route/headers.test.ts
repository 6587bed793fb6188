import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import type { HeaderChanges } from '../../lib/model/mod.ts';
import { chainHeaders } from './headers.ts';

type Headers = Readonly<Record<string, string>>;

/** What Envoy does: removes, then sets, then appends. */
function apply(changes: HeaderChanges | undefined, headers: Headers): Headers {
  const result: Record<string, string> = { ...headers };
  for (const name of changes?.remove ?? []) delete result[name.toLowerCase()];
  for (const { name, value } of changes?.set ?? []) result[name.toLowerCase()] = value;
  for (const { name, value } of changes?.add ?? []) {
    const key = name.toLowerCase();
    result[key] = result[key] === undefined ? value : `${result[key]},${value}`;
  }
  return result;
}

const names = ['a', 'A', 'b', 'B', 'c'];

/** As translated filters are: each header is changed once. */
const changes: fc.Arbitrary<HeaderChanges> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...names),
    value: fc.constantFrom('1', '2', '3'),
    action: fc.constantFrom('set', 'add', 'remove'),
  }),
  { selector: ({ name }) => name.toLowerCase(), maxLength: 3 },
).map((list) => {
  const of = (action: string): { readonly name: string; readonly value: string }[] =>
    list.filter((each) => each.action === action).map(({ name, value }) => ({ name, value }));
  return { set: of('set'), add: of('add'), remove: of('remove').map(({ name }) => name) };
});

test('chainHeaders() has the effect of one change after the other', () => {
  const before: Headers = { a: 'x', b: 'y' };
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      assert.deepEqual(apply(chainHeaders(first, second), before), apply(second, apply(first, before)));
    }),
    { numRuns: 1000 },
  );
});

test('chainHeaders() of one change is that change', () => {
  const only: HeaderChanges = { set: [{ name: 'a', value: '1' }], add: [], remove: [] };
  assert.equal(chainHeaders(only, undefined), only);
  assert.equal(chainHeaders(undefined, only), only);
  assert.equal(chainHeaders(undefined, undefined), undefined);
});

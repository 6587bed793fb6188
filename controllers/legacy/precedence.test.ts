import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byRank } from '../../lib/envoy/route.ts';
import { specOf } from '../../lib/api/legacy/testing/decoded.ts';
import { orderOf } from './precedence.ts';

/** Specs with what the names say, each of which goes before those after it. */
const inOrder: Readonly<Record<string, object>> = {
  precedence: { prefix: '/', precedence: 1 },
  'long path': { prefix: '/longest/' },
  'regular expression for a header': { prefix: '/a/', regex_headers: { x: 'longer-value' } },
  'long header': { prefix: '/a/', headers: { x: 'longer-value' } },
  hostname: { prefix: '/a/', hostname: 'a' },
  method: { prefix: '/a/', hostname: '', method: 'PUT' },
  'long parameter': { prefix: '/a/', query_parameters: { x: 'value' } },
  parameter: { prefix: '/a/', query_parameters: { x: '1' } },
  'greater path': { prefix: '/b/' },
  path: { prefix: '/a/' },
  'short path': { prefix: '/' },
  'negative precedence': { prefix: '/longest/of/all/', precedence: -1 },
};

test('Mappings are in the order of their precedence, then of how long and how great what they match is', () => {
  const rest = { pathType: 0, pathLength: 0, method: 0, headers: 0, queryParams: 0, rule: 0, match: 0 };
  const placed = Object.entries(inOrder).map(([name, spec]) => ({
    name,
    bytes: new Uint8Array(),
    rank: { ...rest, order: orderOf(specOf('Mapping', { service: 's', ...spec })) },
  }));
  const names = Object.keys(inOrder);
  assert.deepEqual(placed.toReversed().sort(byRank).map(({ name }) => name), names);
  assert.deepEqual(placed.toSorted(byRank).map(({ name }) => name), names);
});

test('an HTTPRoute comes after any Mapping', () => {
  const rest = { pathType: 3, pathLength: 99, method: 1, headers: 9, queryParams: 9, rule: 0, match: 0 };
  const bytes = new Uint8Array();
  const ranked = {
    bytes,
    rank: { ...rest, pathType: 0, order: orderOf(specOf('Mapping', { service: 's', prefix: '/' })) },
  };
  assert.ok(byRank(ranked, { bytes, rank: rest }) < 0);
  assert.ok(byRank({ bytes, rank: rest }, ranked) > 0);
});

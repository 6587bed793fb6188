import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byRank } from '../../lib/envoy/route.ts';
import { only, specOf } from '../../lib/api/legacy/testing/decoded.ts';
import { orderOf } from './precedence.ts';

/** Specs with what the names say, each of which goes before those after it. */
const inOrder: Readonly<Record<string, object>> = {
  precedence: { prefix: '/', precedence: 1 },
  'long path': { prefix: '/longest/' },
  'hostname and method': { prefix: '/a/', hostname: 'a', method: 'A' },
  'any hostname and a header': { prefix: '/a/', hostname: '*', headers: { x: '12345' } },
  'regular expression for a header': { prefix: '/a/', regex_headers: { x: 'longer-value' } },
  method: { prefix: '/a/', hostname: '', method: 'OPTIONS' },
  hostname: { prefix: '/a/', hostname: 'shop' },
  'long header': { prefix: '/a/', headers: { x: 'longer-value' } },
  'any hostname and a short header': { prefix: '/a/', hostname: '*', headers: { x: '1' } },
  'any hostname': { prefix: '/a/', hostname: '*' },
  'other method': { prefix: '/a/', hostname: '', method: 'PUT' },
  'greater of two headers': { prefix: '/a/', headers: { x: 'b', a: '1' } },
  'first of two headers': { prefix: '/a/', headers: { x: 'a', a: '1' } },
  'long parameter': { prefix: '/a/', query_parameters: { x: 'value' } },
  'parameter, by a regular expression': { prefix: '/a/', regex_query_parameters: { x: '2' } },
  'greater parameter': { prefix: '/a/', query_parameters: { x: '2' } },
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

test('of v0, no hostname is no condition', () => {
  const { spec } = only(
    'Mapping',
    '{ apiVersion: ambassador/v0, kind: Mapping, name: a, prefix: /, service: s }',
  );
  assert.equal(orderOf(spec)[2], 0);
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import type { RouteRank } from '../model/mod.ts';
import { RouteSchema, VirtualHostSchema } from './gen/envoy/config/route/v3/route_components_pb.ts';
import { ResourceSchema } from './gen/envoy/service/discovery/v3/discovery_pb.ts';
import { type EncodedMember, encodeRouteSet, encodeVirtualHost } from './mod.ts';
import { bySpecificity } from './route.ts';
import { route, routeSet, virtualHost } from './testing/models.ts';

const rank: fc.Arbitrary<RouteRank> = fc.record({
  pathType: fc.integer({ min: 1, max: 3 }),
  pathLength: fc.integer({ min: 1, max: 3 }),
  method: fc.nat(2),
  headers: fc.nat(2),
  queryParams: fc.nat(2),
  rule: fc.constant(0),
  match: fc.constant(0),
});

/** The specification's list, one question after the other: which of two matches goes first. */
function expected(a: RouteRank, b: RouteRank): number {
  if (a.pathType !== b.pathType) return a.pathType > b.pathType ? -1 : 1;
  if (a.pathLength !== b.pathLength) return a.pathLength > b.pathLength ? -1 : 1;
  if (a.method !== b.method) return a.method > b.method ? -1 : 1;
  if (a.headers !== b.headers) return a.headers > b.headers ? -1 : 1;
  if (a.queryParams !== b.queryParams) return a.queryParams > b.queryParams ? -1 : 1;
  return 0;
}

test('bySpecificity() orders matches as the specification does, totally', () => {
  fc.assert(
    fc.property(rank, rank, rank, (a, b, c) => {
      assert.equal(Math.sign(bySpecificity(a, b)), expected(a, b));
      assert.equal(Math.sign(bySpecificity(a, b)), 0 - Math.sign(bySpecificity(b, a)));
      if (bySpecificity(a, b) <= 0 && bySpecificity(b, c) <= 0) assert.ok(bySpecificity(a, c) <= 0);
    }),
    { numRuns: 2000 },
  );
});

interface Case {
  readonly name: string;
  readonly created: number;
  readonly ranks: readonly RouteRank[];
}

const cases: fc.Arbitrary<readonly Case[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    created: fc.nat(1),
    ranks: fc.array(rank, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

function memberOf({ name, created, ranks }: Case): EncodedMember {
  const routes = ranks.map((each, rule) => ({
    ...route('/'),
    name: `${name}/${rule}`,
    rank: { ...each, rule },
  }));
  return { hostname: '*', set: encodeRouteSet(routeSet(name, routes, created)) };
}

test('encodeVirtualHost() puts routes in the one order, whatever that of its members, as protobuf itself would', () => {
  fc.assert(
    fc.property(cases, (all) => {
      const host = virtualHost('*');
      const resource = encodeVirtualHost(host, all.map(memberOf));
      const reversed = encodeVirtualHost(host, all.map(memberOf).reverse());
      assert.deepEqual(reversed.bytes, resource.bytes);

      const wanted = all.flatMap(({ name, created, ranks }) =>
        ranks.map((each, rule) => ({ name, created, rule, rank: each }))
      ).sort((a, b) =>
        expected(a.rank, b.rank) || a.created - b.created ||
        (a.name < b.name ? -1 : Number(a.name > b.name)) ||
        a.rule - b.rule
      );
      const sealed = fromBinary(ResourceSchema, resource.bytes).resource?.value ?? new Uint8Array();
      const { routes } = fromBinary(VirtualHostSchema, sealed);
      assert.deepEqual(routes.map(({ name }) => name), wanted.map(({ name, rule }) => `${name}/${rule}`));

      const ordinary = create(VirtualHostSchema, {
        name: host.key,
        domains: [host.domain],
        routes: routes.map((each) => fromBinary(RouteSchema, toBinary(RouteSchema, each))),
      });
      assert.deepEqual(sealed, toBinary(VirtualHostSchema, ordinary));
    }),
    { numRuns: 500 },
  );
});

import type { GRPCRoute, GRPCRouteRule } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { RouteResult } from '../flow.ts';
import { treatedRule } from '../http-route/treated-rule.ts';
import type { Gathering } from '../route/references.ts';
import { type RouteReads, type TranslatedRule, translateRoute } from '../route/translate.ts';
import { translateMatch } from './match.ts';

/** The rules of a GRPCRoute (GEP-1016). */
export function translateGrpcRoute(route: GRPCRoute, fetch: Fetch, reads: RouteReads): RouteResult {
  return translateRoute(route, {
    protocol: 'grpc',
    rules: (into) => (route.spec.rules ?? []).map((rule, index) => translateRule(rule, into, index)),
  }, { fetch, reads });
}

function translateRule(rule: GRPCRouteRule, into: Gathering, index: number): TranslatedRule {
  const { matches = [] } = rule;
  return treatedRule(rule, into, {
    index,
    matches: (report) =>
      (matches.length === 0 ? [{}] : matches).flatMap((match, position) =>
        translateMatch(match, report, { rule: index, match: position }) ?? []
      ),
    // A long stream is no failure; clients say themselves how long they wait.
    forwarding: { timeout: 0 },
  });
}

import type { GRPCRoute, GRPCRouteRule } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { RouteResult } from '../flow.ts';
import { treatedRule } from '../http-route/treated-rule.ts';
import type { Gathering } from '../route/references.ts';
import { type RouteReads, type TranslatedRule, translateRoute } from '../route/translate.ts';
import { translateMatch } from './match.ts';
import { webOrigins, withOrigins } from './web-origins.ts';

/** The rules of a GRPCRoute (GEP-1016). */
export function translateGrpcRoute(route: GRPCRoute, fetch: Fetch, reads: RouteReads): RouteResult {
  const { cors, problems } = webOrigins(route);
  return translateRoute(route, {
    protocol: 'grpc',
    rules: (into) =>
      (route.spec.rules ?? []).map((rule, index) => {
        const translated = translateRule(rule, into, index);
        return {
          ...translated,
          ...(cors === undefined ? {} : { routes: withOrigins(translated.routes, cors) }),
          // They are the route's, and told once.
          ...(index > 0 ? {} : { problems: [...problems, ...translated.problems] }),
        };
      }),
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

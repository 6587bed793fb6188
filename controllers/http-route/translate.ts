import type { HTTPRoute } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { RouteResult } from '../flow.ts';
import { type RouteReads, translateRoute } from '../route/translate.ts';
import { translateRule } from './rule.ts';

/** The rules of an HTTPRoute. */
export function translateHttpRoute(route: HTTPRoute, fetch: Fetch, reads: RouteReads): RouteResult {
  return translateRoute(route, {
    protocol: 'http',
    rules: (into) => route.spec.rules.map((rule, index) => translateRule(rule, into, index)),
  }, { fetch, reads });
}

import type { GRPCMethodMatch, GRPCRouteMatch } from '../../lib/api/mod.ts';
import type { PathMatch } from '../../lib/model/mod.ts';
import type { TranslatedMatch } from '../http-route/match.ts';
import { holds, lowerCase, translateValues } from '../http-route/value-match.ts';
import type { Report } from '../route/problem.ts';

/** Translates one match of gRPC calls; nothing if a regular expression in it is invalid, which is reported. */
export function translateMatch(
  match: GRPCRouteMatch,
  report: Report,
  at: { readonly rule: number; readonly match: number },
): TranslatedMatch | undefined {
  const field = `spec.rules[${at.rule}].matches[${at.match}]`;
  const called = calledBy(match.method);
  const valid = !called.regex ||
    (['service', 'method'] as const).filter((part) => {
        const expression = called[part];
        return expression !== '' && !holds(expression, report, `${field}.method.${part}`);
      }).length === 0;
  const headers = translateValues(match.headers, report, { field: `${field}.headers`, nameOf: lowerCase });
  if (!valid || headers === undefined) return undefined;
  return {
    match: { path: pathOf(called), headers, queryParams: [], grpc: true },
    rank: {
      pathType: classOf(called),
      pathLength: called.service.length,
      method: called.method.length,
      headers: headers.length,
      queryParams: 0,
      rule: at.rule,
      match: at.match,
    },
  };
}

/** What is called: `''` for any service or method. */
interface Called {
  readonly regex: boolean;
  readonly service: string;
  readonly method: string;
}

function calledBy({ type, service = '', method = '' }: GRPCMethodMatch = { type: 'Exact' }): Called {
  return { regex: type === 'RegularExpression', service, method };
}

/** Calls have the path `/service/method`, in which an exact name has no character that is special in expressions. */
function pathOf({ regex, service, method }: Called): PathMatch {
  if (service === '' && method === '') return { type: 'prefix', value: '/' };
  if (!regex && service !== '') {
    return method === ''
      ? { type: 'prefix', value: `/${service}` }
      : { type: 'exact', value: `/${service}/${method}` };
  }
  return { type: 'regex', value: `/${expressionOf(service)}/${expressionOf(method)}` };
}

function expressionOf(name: string): string {
  return name === '' ? '[^/]+' : `(?:${name})`;
}

/** See `RouteRank.pathType`. */
function classOf({ regex, service, method }: Called): number {
  if (service === '' && method === '') return 0;
  return (service === '' ? 2 : 4) - Number(regex);
}

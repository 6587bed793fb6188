import type { HTTPPathMatch, HTTPRouteMatch } from '../../lib/api/mod.ts';
import type { PathMatch, RouteMatch, RouteRank } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';
import { holds, lowerCase, translateValues } from './value-match.ts';

/** One alternative of a rule with its rank; absent parts of the rank are the caller's. */
export interface TranslatedMatch {
  readonly match: RouteMatch;
  readonly rank: RouteRank;
}

/** Translates one match; nothing if a regular expression in it is invalid, which is reported. */
export function translateMatch(
  match: HTTPRouteMatch,
  report: Report,
  at: { readonly rule: number; readonly match: number },
): TranslatedMatch | undefined {
  const field = `spec.rules[${at.rule}].matches[${at.match}]`;
  const path = pathMatch(match.path);
  const valid = path.type !== 'regex' || holds(path.value, report, `${field}.path.value`);
  const headers = translateValues(match.headers, report, { field: `${field}.headers`, nameOf: lowerCase });
  const queryParams = translateValues(match.queryParams, report, {
    field: `${field}.queryParams`,
    nameOf: asWritten,
  });
  if (!valid || headers === undefined || queryParams === undefined) return undefined;
  const { method } = match;
  return {
    match: { path, headers, queryParams, ...(method === undefined ? {} : { method }) },
    rank: {
      pathType: RANKS[path.type],
      pathLength: path.value.length,
      method: method === undefined ? 0 : 1,
      headers: headers.length,
      queryParams: queryParams.length,
      rule: at.rule,
      match: at.match,
    },
  };
}

const RANKS: Readonly<Record<PathMatch['type'], number>> = { exact: 3, regex: 2, prefix: 1, string: 1 };

/** Escapes of letters, digits and `-._~`, of which Envoy rids the paths of requests (RFC 3986, 6.2.2.2). */
const NEEDLESS = /%(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9ae]|3[0-9]|2[de]|5f)/gi;

function pathMatch({ type, value: written }: HTTPPathMatch): PathMatch {
  if (type === 'RegularExpression') return { type: 'regex', value: written };
  const value = written.replace(NEEDLESS, decodeURIComponent);
  if (type === 'Exact') return { type: 'exact', value };
  // A prefix ends at a path segment with or without its slash.
  return { type: 'prefix', value: value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value };
}

function asWritten(name: string): string {
  return name;
}

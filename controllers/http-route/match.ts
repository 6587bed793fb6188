import type {
  HTTPHeaderMatch,
  HTTPPathMatch,
  HTTPQueryParamMatch,
  HTTPRouteMatch,
} from '../../lib/api/mod.ts';
import type { PathMatch, RouteMatch, RouteRank, ValueMatch } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';
import { regexProblem } from './regex.ts';

/** One alternative of a rule with its rank; absent parts of the rank are the caller's. */
export interface TranslatedMatch {
  readonly match: RouteMatch;
  readonly rank: RouteRank;
}

const NONE: readonly ValueMatch[] = [];

/** Translates one match; nothing if a regular expression in it is invalid, which is reported. */
export function translateMatch(
  match: HTTPRouteMatch,
  report: Report,
  at: { readonly rule: number; readonly match: number },
): TranslatedMatch | undefined {
  const field = `spec.rules[${at.rule}].matches[${at.match}]`;
  const path = pathMatch(match.path);
  const headers = valueMatches(match.headers, lowerCase);
  const queryParams = valueMatches(match.queryParams, asWritten);
  let valid = path.type !== 'regex' || holds(path.value, report, `${field}.path.value`);
  for (const [list, name] of [[headers, 'headers'], [queryParams, 'queryParams']] as const) {
    for (const { type, value, name: of } of list) {
      if (type === 'regex' && !holds(value, report, `${field}.${name}[name=${of}].value`)) valid = false;
    }
  }
  if (!valid) return undefined;
  const { method } = match;
  return {
    match: { path, headers, queryParams, ...(method === undefined ? {} : { method }) },
    rank: {
      pathType: RANKS[path.type],
      pathLength: path.value.length,
      method: method !== undefined,
      headers: headers.length,
      queryParams: queryParams.length,
      rule: at.rule,
      match: at.match,
    },
  };
}

const RANKS: Readonly<Record<PathMatch['type'], number>> = { exact: 3, regex: 2, prefix: 1 };

function pathMatch({ type, value }: HTTPPathMatch): PathMatch {
  if (type === 'Exact') return { type: 'exact', value };
  if (type === 'RegularExpression') return { type: 'regex', value };
  // A prefix ends at a path segment with or without its slash.
  return { type: 'prefix', value: value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value };
}

function valueMatches(
  matches: readonly (HTTPHeaderMatch | HTTPQueryParamMatch)[] | undefined,
  nameOf: (name: string) => string,
): readonly ValueMatch[] {
  if (matches === undefined || matches.length === 0) return NONE;
  const first = new Map<string, ValueMatch>();
  for (const { name, type, value } of matches) {
    const key = nameOf(name);
    // Of equivalent names the first counts and the others are ignored.
    if (!first.has(key)) first.set(key, { name: key, type: type === 'Exact' ? 'exact' : 'regex', value });
  }
  return [...first.values()];
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}

function asWritten(name: string): string {
  return name;
}

function holds(expression: string, report: Report, field: string): boolean {
  const problem = regexProblem(expression);
  if (problem === undefined) return true;
  const message = `The expression '${expression}' ${problem}.`;
  report({ effect: 'rule', reason: 'UnsupportedValue', message, field });
  return false;
}

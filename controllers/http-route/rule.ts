import type { HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from '../../lib/api/mod.ts';
import type { Report } from '../route/problem.ts';
import type { Gathering } from '../route/references.ts';
import type { TranslatedRule } from '../route/translate.ts';
import { type TranslatedMatch, translateMatch } from './match.ts';
import { translateRetry, translateTimeouts } from './timeouts.ts';
import { treatedRule } from './treated-rule.ts';

const MATCH_ALL: readonly HTTPRouteMatch[] = [{ path: { type: 'PathPrefix', value: '/' } }];

/** One rule of an HTTPRoute. */
export function translateRule(rule: HTTPRouteRule, into: Gathering, index: number): TranslatedRule {
  const retry = translateRetry(rule.retry);
  return treatedRule(rule, into, {
    index,
    matches: (report, field) => translateMatches(rule, report, { index, field }),
    forwarding: { ...translateTimeouts(rule.timeouts), ...(retry === undefined ? {} : { retry }) },
  });
}

function translateMatches(
  rule: HTTPRouteRule,
  report: Report,
  { index, field }: { readonly index: number; readonly field: string },
): readonly TranslatedMatch[] {
  const specs = rule.matches.length === 0 ? MATCH_ALL : rule.matches;
  checkPrefixes(rule, specs, { report, field });
  return specs.flatMap((spec, position) =>
    translateMatch(spec, report, { rule: index, match: position }) ?? []
  );
}

/** A prefix can be replaced only where a prefix is matched. */
function checkPrefixes(
  rule: HTTPRouteRule,
  matches: readonly HTTPRouteMatch[],
  { report, field }: { readonly report: Report; readonly field: string },
): void {
  const lists = [rule.filters, ...(rule.backendRefs ?? []).map(({ filters }) => filters)];
  if (
    lists.every((filters) => filters === undefined) || !lists.some((filters) => filters?.some(replacesPrefix))
  ) return;
  for (const [index, { path }] of matches.entries()) {
    if (path.type === 'PathPrefix') continue;
    report({
      effect: 'rule',
      reason: 'UnsupportedValue',
      message: `A filter replaces the matched prefix, but match ${index} is of path type ${path.type}.`,
      field: `${field}.matches[${index}].path.type`,
      fix: 'use PathPrefix, or replace the full path',
    });
  }
}

function replacesPrefix({ urlRewrite, requestRedirect }: HTTPRouteFilter): boolean {
  return (urlRewrite ?? requestRedirect)?.path?.type === 'ReplacePrefixMatch';
}

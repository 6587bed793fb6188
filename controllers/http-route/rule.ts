import type { HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from '../../lib/api/mod.ts';
import type { Route } from '../../lib/model/mod.ts';
import { answered, translateBackends, type Treatment } from './backends.ts';
import { translateFilters } from './filters.ts';
import { type TranslatedMatch, translateMatch } from './match.ts';
import type { RuleProblem } from './problem.ts';
import type { Gathering } from './references.ts';
import { translateSession } from './session.ts';
import { translateRetry, translateTimeouts } from './timeouts.ts';

export interface TranslatedRule {
  readonly routes: readonly Route[];
  readonly problems: readonly RuleProblem[];
  /** Whether the rule is used; if not, its requests get 500. */
  readonly valid: boolean;
}

const MATCH_ALL: readonly HTTPRouteMatch[] = [{ path: { type: 'PathPrefix', value: '/' } }];
const FAILURE: Treatment = { action: { type: 'respond', status: 500 } };

/**
 * The routes of a rule: one for each match and treatment. A rule that cannot be used keeps those matches that can, so that
 * its requests do not go to less specific rules, and perhaps past an authorization.
 */
export function translateRule(rule: HTTPRouteRule, into: Gathering, index: number): TranslatedRule {
  const problems: RuleProblem[] = [];
  const report = (problem: RuleProblem): void => {
    problems.push(problem);
  };
  const field = `spec.rules[${index}]`;
  const name = `http/${into.route.namespace}/${into.route.name}/${rule.name ?? `r${index}`}`;

  const specs = rule.matches.length === 0 ? MATCH_ALL : rule.matches;
  const matches: TranslatedMatch[] = [];
  for (const [position, spec] of specs.entries()) {
    const match = translateMatch(spec, report, { rule: index, match: position });
    if (match !== undefined) matches.push(match);
  }
  checkPrefixes(rule, specs, { report, field });

  const effects = translateFilters(rule.filters, into, { report, field: `${field}.filters` });
  const retry = translateRetry(rule.retry);
  const session = rule.sessionPersistence === undefined
    ? undefined
    : translateSession(rule.sessionPersistence, report, {
      identity: `${into.route.namespace}/${into.route.name}/${rule.name ?? JSON.stringify(rule.matches)}`,
      field: `${field}.sessionPersistence`,
    });
  let treatments: readonly Treatment[];
  if (effects.failed === true) treatments = [FAILURE];
  else if (effects.redirect !== undefined) treatments = [answered({ action: effects.redirect }, effects)];
  else {
    treatments = translateBackends(rule, into, {
      report,
      field,
      effects,
      forwarding: {
        ...translateTimeouts(rule.timeouts),
        ...(retry === undefined ? {} : { retry }),
        ...(session === undefined ? {} : { session }),
      },
    });
  }
  const valid = problems.every(({ effect }) => effect !== 'rule');
  if (!valid) treatments = [FAILURE];
  return {
    routes: matches.flatMap((match) => treatments.map((treatment) => routeOf(name, { match, treatment }))),
    problems,
    valid,
  };
}

function routeOf(
  name: string,
  { match, treatment }: { readonly match: TranslatedMatch; readonly treatment: Treatment },
): Route {
  return { name, ...match, ...treatment };
}

/** A prefix can be replaced only where a prefix is matched. */
function checkPrefixes(
  rule: HTTPRouteRule,
  matches: readonly HTTPRouteMatch[],
  { report, field }: { readonly report: (problem: RuleProblem) => void; readonly field: string },
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

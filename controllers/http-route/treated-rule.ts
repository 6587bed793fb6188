import type { HTTPBackendRef, HTTPRouteFilter, SessionPersistence } from '../../lib/api/mod.ts';
import type { Route } from '../../lib/model/mod.ts';
import type { Report, RuleProblem } from '../route/problem.ts';
import type { Gathering } from '../route/references.ts';
import type { TranslatedRule } from '../route/translate.ts';
import { answered, failure, type Forwarding, translateBackends, type Treatment } from './backends.ts';
import { translateFilters } from './filters.ts';
import type { TranslatedMatch } from './match.ts';
import { translateSession } from './session.ts';

/** What rules of HTTPRoutes and GRPCRoutes have in common: to Envoy a gRPC call is an HTTP request. */
export interface SharedRule {
  readonly name?: string | undefined;
  readonly matches?: unknown;
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
  readonly backendRefs?: readonly HTTPBackendRef[] | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

/** What they do not have in common. */
export interface RuleParts {
  /** Index of the rule in its route. */
  readonly index: number;
  /** Checks the rule, and translates those matches that can be used. */
  readonly matches: (report: Report, field: string) => readonly TranslatedMatch[];
  readonly forwarding: Omit<Forwarding, 'session'>;
}

/**
 * The routes of a rule: one for each match and treatment. A rule that cannot be used keeps those matches that can, so that
 * its requests do not go to less specific rules, and perhaps past an authorization.
 */
export function treatedRule(rule: SharedRule, into: Gathering, parts: RuleParts): TranslatedRule {
  const problems: RuleProblem[] = [];
  const report = (problem: RuleProblem): void => {
    problems.push(problem);
  };
  const field = `spec.rules[${parts.index}]`;
  const { namespace, name } = into.route;
  const origin = `${into.protocol}/${namespace}/${name}/${rule.name ?? `r${parts.index}`}`;

  const matches = parts.matches(report, field);
  const effects = translateFilters(rule.filters, into, { report, field: `${field}.filters` });
  const session = rule.sessionPersistence === undefined
    ? undefined
    : translateSession(rule.sessionPersistence, report, {
      identity: `${namespace}/${name}/${rule.name ?? JSON.stringify(rule.matches)}`,
      field: `${field}.sessionPersistence`,
    });
  let treatments: readonly Treatment[];
  if (effects.failed === true) treatments = [failure(into)];
  else if (effects.redirect !== undefined) treatments = [answered({ action: effects.redirect }, effects)];
  else {
    treatments = translateBackends(rule.backendRefs, into, {
      report,
      field,
      effects,
      forwarding: { ...parts.forwarding, ...(session === undefined ? {} : { session }) },
    });
  }
  const valid = problems.every(({ effect }) => effect !== 'rule');
  if (!valid) treatments = [failure(into)];
  return {
    name: rule.name ?? String(parts.index),
    routes: matches.flatMap((match) =>
      treatments.map((treatment): Route => ({ name: origin, ...match, ...treatment }))
    ),
    problems,
    valid,
  };
}

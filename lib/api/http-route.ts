import { z } from 'zod';

import { type BackendRef, backendReferenceRules, backendRefFields } from './backend-reference.ts';
import { type Duration, durationMs, durationSchema } from './duration.ts';
import { type HTTPRouteFilter, routeFiltersSchema } from './http-route-filter.ts';
import { type HTTPRouteMatch, routeMatchesSchema } from './http-route-match.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { hostnameSchema, sectionNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { commonRouteFields, type CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';
import { rule, uniqueItems } from './rule.ts';
import { uniqueRuleNames } from './rule-name.ts';
import { type SessionPersistence, sessionPersistenceSchema } from './session-persistence.ts';

export interface HTTPRoute extends KubeObject {
  readonly kind: 'HTTPRoute';
  readonly spec: HTTPRouteSpec;
}

export interface HTTPRouteSpec extends CommonRouteSpec {
  readonly hostnames?: readonly string[] | undefined;
  /** Never empty: by default one rule that matches everything and has no backends. */
  readonly rules: readonly HTTPRouteRule[];
}

export interface HTTPRouteRule {
  readonly name?: string | undefined;
  /** Alternatives; by default the prefix `/`. */
  readonly matches: readonly HTTPRouteMatch[];
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
  readonly backendRefs?: readonly HTTPBackendRef[] | undefined;
  readonly timeouts?: HTTPRouteTimeouts | undefined;
  readonly retry?: HTTPRouteRetry | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface HTTPBackendRef extends BackendRef {
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
}

/** `0s` turns a timeout off (GEP-1742). */
export interface HTTPRouteTimeouts {
  readonly request?: Duration | undefined;
  /** Of one try; at most `request`. */
  readonly backendRequest?: Duration | undefined;
}

/** When a request is tried again (GEP-1731). */
export interface HTTPRouteRetry {
  /** Response codes, 400 to 599. */
  readonly codes?: readonly number[] | undefined;
  /** Tries after the first; 1 by default. */
  readonly attempts: number;
  readonly backoff?: Duration | undefined;
}

export type HTTPRouteStatus = RouteStatus;

const backendRefSchema = z.object({ ...backendRefFields, filters: routeFiltersSchema.optional() })
  .check(...backendReferenceRules);

const timeoutsSchema = z.object({
  request: durationSchema.optional(),
  backendRequest: durationSchema.optional(),
}).check(
  rule<HTTPRouteTimeouts>('3f02004f', ({ request, backendRequest }) => {
    if (request === undefined || backendRequest === undefined) return true;
    const limit = durationMs(request);
    return limit === 0 || durationMs(backendRequest) <= limit;
  }, { message: 'is longer than the timeout of the whole request', path: ['backendRequest'] }),
);

/** Whether exactly one filter replaces the matched prefix; with more, upstream's rule says nothing either. */
function replacesPrefix(
  filters: readonly HTTPRouteFilter[] | undefined,
  field: 'requestRedirect' | 'urlRewrite',
): boolean {
  const replacing = filters?.filter((filter) => filter[field]?.path?.replacePrefixMatch !== undefined);
  return replacing?.length === 1;
}

function hasOnePrefixMatch(rule: HTTPRouteRule): boolean {
  return rule.matches.length === 1 && rule.matches[0]?.path.type === 'PathPrefix';
}

/** A rule that a replaced prefix needs exactly one prefix to be replaced. */
function prefixRule(
  id: string,
  field: 'requestRedirect' | 'urlRewrite',
  of: 'rule' | 'backendRefs',
): z.core.$ZodCheck<HTTPRouteRule> {
  const replaces = (value: HTTPRouteRule): boolean =>
    of === 'rule'
      ? replacesPrefix(value.filters, field)
      : value.backendRefs?.filter((backend) => replacesPrefix(backend.filters, field)).length === 1;
  const where = of === 'rule' ? `a ${field} filter` : `a ${field} filter of a backendRef`;
  return rule<HTTPRouteRule>(id, (value) => !replaces(value) || hasOnePrefixMatch(value), {
    message: `must be exactly one match, of path type PathPrefix, since ${where} replaces the matched prefix`,
    path: ['matches'],
  });
}

const ruleSchema = z.object({
  name: sectionNameSchema.optional(),
  matches: routeMatchesSchema,
  filters: routeFiltersSchema.optional(),
  backendRefs: z.array(backendRefSchema).max(16).optional(),
  timeouts: timeoutsSchema.optional(),
  retry: z.object({
    codes: z.array(z.int().min(400).max(599)).check(uniqueItems()).optional(),
    attempts: z.int().min(0).default(1),
    backoff: durationSchema.optional(),
  }).optional(),
  sessionPersistence: sessionPersistenceSchema.optional(),
}).check(
  rule<HTTPRouteRule>(
    '80d5779a',
    ({ backendRefs = [], filters = [] }) =>
      backendRefs.length === 0 || filters.every((filter) => filter.requestRedirect === undefined),
    {
      message: 'must be absent, since a RequestRedirect filter answers every request',
      path: ['backendRefs'],
    },
  ),
  prefixRule('14c17d52', 'requestRedirect', 'rule'),
  prefixRule('0fa5a331', 'urlRewrite', 'rule'),
  prefixRule('06e14dab', 'requestRedirect', 'backendRefs'),
  prefixRule('bf9fd433', 'urlRewrite', 'backendRefs'),
);

const maxMatches = 128;

function matchCount(rules: readonly HTTPRouteRule[]): number {
  return rules.reduce((sum, rule) => sum + rule.matches.length, 0);
}

// Shared by all routes without rules: decoded objects are never changed.
const matchAll: HTTPRouteRule[] = [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }];

const rulesSchema: z.ZodType<HTTPRouteRule[]> = z.array(ruleSchema).min(1).max(16).check(
  uniqueRuleNames,
  rule<readonly HTTPRouteRule[]>('dfef9215', (rules) => matchCount(rules) <= maxMatches, {
    message: `has more than ${maxMatches} matches in all rules together`,
  }),
);

export const httpRouteSchema: z.ZodType<Manifest<HTTPRoute>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('HTTPRoute'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    ...commonRouteFields,
    hostnames: z.array(hostnameSchema).max(16).optional(),
    rules: rulesSchema.default(() => matchAll),
  }),
});

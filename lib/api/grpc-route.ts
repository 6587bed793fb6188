import { z } from 'zod';

import { type BackendRef, backendReferenceRules, backendRefFields } from './backend-reference.ts';
import { headerFilterSchema, type HTTPHeaderFilter } from './header-filter.ts';
import { atMostOne } from './http-route-filter.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { headerNameSchema, hostnameSchema, sectionNameSchema } from './names.ts';
import { type LocalObjectReference, localObjectReferenceSchema } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import { commonRouteFields, type CommonRouteSpec } from './parent-reference.ts';
import { type HTTPRequestMirrorFilter, requestMirrorFilterSchema } from './request-mirror-filter.ts';
import type { RouteStatus } from './route-status.ts';
import { rule, unionMember, uniqueBy } from './rule.ts';
import { uniqueRuleNames } from './rule-name.ts';
import { type SessionPersistence, sessionPersistenceSchema } from './session-persistence.ts';
import { text } from './text.ts';

export interface GRPCRoute extends KubeObject {
  readonly kind: 'GRPCRoute';
  readonly spec: GRPCRouteSpec;
}

export interface GRPCRouteSpec extends CommonRouteSpec {
  readonly hostnames?: readonly string[] | undefined;
  readonly rules?: readonly GRPCRouteRule[] | undefined;
}

export interface GRPCRouteRule {
  readonly name?: string | undefined;
  /** Alternatives; absent or empty matches every call. */
  readonly matches?: readonly GRPCRouteMatch[] | undefined;
  readonly filters?: readonly GRPCRouteFilter[] | undefined;
  readonly backendRefs?: readonly GRPCBackendRef[] | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface GRPCRouteMatch {
  /** Absent: every service and method. */
  readonly method?: GRPCMethodMatch | undefined;
  readonly headers?: readonly GRPCHeaderMatch[] | undefined;
}

/** At least one of `service` and `method` is present. */
export interface GRPCMethodMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly service?: string | undefined;
  readonly method?: string | undefined;
}

export interface GRPCHeaderMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

export type GRPCRouteFilterType =
  | 'ResponseHeaderModifier'
  | 'RequestHeaderModifier'
  | 'RequestMirror'
  | 'ExtensionRef';

/** A step of request processing: exactly the field that `type` names is present. */
export interface GRPCRouteFilter {
  readonly type: GRPCRouteFilterType;
  readonly requestHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly responseHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly requestMirror?: HTTPRequestMirrorFilter | undefined;
  readonly extensionRef?: LocalObjectReference | undefined;
}

export interface GRPCBackendRef extends BackendRef {
  readonly filters?: readonly GRPCRouteFilter[] | undefined;
}

export type GRPCRouteStatus = RouteStatus;

const filterSchema = z.object({
  type: z.enum(['ResponseHeaderModifier', 'RequestHeaderModifier', 'RequestMirror', 'ExtensionRef']),
  requestHeaderModifier: headerFilterSchema.optional(),
  responseHeaderModifier: headerFilterSchema.optional(),
  requestMirror: requestMirrorFilterSchema.optional(),
  extensionRef: localObjectReferenceSchema.optional(),
}).check(
  ...unionMember<GRPCRouteFilter>({
    field: 'requestHeaderModifier',
    type: 'RequestHeaderModifier',
    by: 'type',
    rules: ['7b8cf868', 'eb3032de'],
  }),
  ...unionMember<GRPCRouteFilter>({
    field: 'responseHeaderModifier',
    type: 'ResponseHeaderModifier',
    by: 'type',
    rules: ['c0838ca9', 'a900d763'],
  }),
  ...unionMember<GRPCRouteFilter>({
    field: 'requestMirror',
    type: 'RequestMirror',
    by: 'type',
    rules: ['c2c4ceb3', '479cd4bf'],
  }),
  ...unionMember<GRPCRouteFilter>({
    field: 'extensionRef',
    type: 'ExtensionRef',
    by: 'type',
    rules: ['28f68457', '32fcae1c'],
  }),
);

const filtersSchema = z.array(filterSchema).max(16).check(
  atMostOne('RequestHeaderModifier', '501e61ba'),
  atMostOne('ResponseHeaderModifier', '226cc5e3'),
);

const matchType = z.enum(['Exact', 'RegularExpression']).default('Exact');
const serviceName = /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i;
const methodName = /^[A-Za-z_][A-Za-z_0-9]*$/;

const methodMatchSchema = z.object({
  type: matchType,
  service: text({ max: 1024 }).optional(),
  method: text({ max: 1024 }).optional(),
}).check(
  rule<GRPCMethodMatch>('6cb81017', ({ service, method }) => service !== undefined || method !== undefined, {
    message: 'needs a service or a method',
  }),
  rule<GRPCMethodMatch>(
    'fb8615af',
    ({ type, service }) => type !== 'Exact' || service === undefined || serviceName.test(service),
    { message: 'is not the name of a Protobuf service, such as package.Service', path: ['service'] },
  ),
  rule<GRPCMethodMatch>(
    '7797fc31',
    ({ type, method }) => type !== 'Exact' || method === undefined || methodName.test(method),
    { message: 'is not the name of a Protobuf method', path: ['method'] },
  ),
);

const matchSchema = z.object({
  method: methodMatchSchema.optional(),
  headers: z.array(
    z.object({ type: matchType, name: headerNameSchema, value: text({ min: 1, max: 4096 }) }),
  ).max(16).check(uniqueBy<GRPCHeaderMatch>({ keys: ['name'], what: 'header match' })).optional(),
});

const ruleSchema = z.object({
  name: sectionNameSchema.optional(),
  matches: z.array(matchSchema).max(64).optional(),
  filters: filtersSchema.optional(),
  backendRefs: z.array(
    z.object({ ...backendRefFields, filters: filtersSchema.optional() }).check(...backendReferenceRules),
  ).max(16).optional(),
  sessionPersistence: sessionPersistenceSchema.optional(),
});

const maxMatches = 128;

function matchCount(rules: readonly GRPCRouteRule[]): number {
  return rules.reduce((sum, rule) => sum + (rule.matches?.length ?? 0), 0);
}

export const grpcRouteSchema: z.ZodType<Manifest<GRPCRoute>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('GRPCRoute'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    ...commonRouteFields,
    hostnames: z.array(hostnameSchema).max(16).optional(),
    rules: z.array(ruleSchema).max(16).check(
      uniqueRuleNames,
      rule<readonly GRPCRouteRule[]>('837b88f5', (rules) => matchCount(rules) <= maxMatches, {
        message: `has more than ${maxMatches} matches in all rules together`,
      }),
    ).optional(),
  }),
});

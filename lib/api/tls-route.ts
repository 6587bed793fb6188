import { z } from 'zod';

import { type BackendRef, backendRefSchema } from './backend-reference.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { hostnameSchema, isHostname, sectionNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { commonRouteFields, type CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';
import { itemRule } from './rule.ts';
import { uniqueRuleNames } from './rule-name.ts';

export interface TLSRoute extends KubeObject {
  readonly kind: 'TLSRoute';
  readonly spec: TLSRouteSpec;
}

export interface TLSRouteSpec extends CommonRouteSpec {
  /** Server names (SNI); absent only in `v1alpha2`, where that means any. */
  readonly hostnames?: readonly string[] | undefined;
  /** One, except in `v1alpha2` where there may be up to 16. */
  readonly rules: readonly TLSRouteRule[];
}

export interface TLSRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type TLSRouteStatus = RouteStatus;

const ruleSchema = z.object({
  name: sectionNameSchema.optional(),
  backendRefs: z.array(backendRefSchema).min(1).max(16),
});

const manifestFields = {
  apiVersion: z.string(),
  kind: z.literal('TLSRoute'),
  metadata: namespacedMetaSchema,
};

function isAddress(name: string): boolean {
  return z.regexes.ipv4.test(name) || z.regexes.ipv6.test(name);
}

export const tlsRouteSchema: z.ZodType<Manifest<TLSRoute>> = z.object({
  ...manifestFields,
  spec: z.object({
    ...commonRouteFields,
    hostnames: z.array(hostnameSchema).min(1).max(1024).check(
      itemRule<string>('0843be6f', (name) => !isAddress(name), {
        message: 'is an IP address, which TLS clients never send as a server name',
      }),
      itemRule<string>('20123a06', (name) => name.includes('*') || isHostname(name), {
        message: 'is not a DNS name',
      }),
      itemRule<string>('b31a373d', (name) => !name.includes('*') || isHostname(name), {
        message: "has a '*' that is not the first label of a DNS name",
      }),
    ),
    rules: z.array(ruleSchema).min(1).max(1),
  }),
});

export const tlsRouteV1alpha2Schema: z.ZodType<Manifest<TLSRoute>> = z.object({
  ...manifestFields,
  spec: z.object({
    ...commonRouteFields,
    hostnames: z.array(hostnameSchema).max(1024).optional(),
    rules: z.array(ruleSchema).min(1).max(16).check(uniqueRuleNames),
  }),
});

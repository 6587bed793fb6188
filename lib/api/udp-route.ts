import { z } from 'zod';

import { type BackendRef, backendRefSchema } from './backend-reference.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { sectionNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { commonRouteFields, type CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';
import { uniqueRuleNames } from './rule-name.ts';

export interface UDPRoute extends KubeObject {
  readonly kind: 'UDPRoute';
  readonly spec: UDPRouteSpec;
}

export interface UDPRouteSpec extends CommonRouteSpec {
  /** One in `v1`, up to 16 in `v1alpha2`. */
  readonly rules: readonly UDPRouteRule[];
}

export interface UDPRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type UDPRouteStatus = RouteStatus;

const ruleSchema = z.object({
  name: sectionNameSchema.optional(),
  backendRefs: z.array(backendRefSchema).min(1).max(16),
});

const manifestFields = {
  apiVersion: z.string(),
  kind: z.literal('UDPRoute'),
  metadata: namespacedMetaSchema,
};

export const udpRouteSchema: z.ZodType<Manifest<UDPRoute>> = z.object({
  ...manifestFields,
  spec: z.object({ ...commonRouteFields, rules: z.array(ruleSchema).min(1).max(1) }),
});

export const udpRouteV1alpha2Schema: z.ZodType<Manifest<UDPRoute>> = z.object({
  ...manifestFields,
  spec: z.object({ ...commonRouteFields, rules: z.array(ruleSchema).min(1).max(16).check(uniqueRuleNames) }),
});

import { z } from 'zod';

import { type BackendRef, backendRefSchema } from './backend-reference.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { sectionNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { commonRouteFields, type CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';
import { uniqueRuleNames } from './rule-name.ts';

export interface TCPRoute extends KubeObject {
  readonly kind: 'TCPRoute';
  readonly spec: TCPRouteSpec;
}

export interface TCPRouteSpec extends CommonRouteSpec {
  /** One in `v1`, up to 16 in `v1alpha2`. */
  readonly rules: readonly TCPRouteRule[];
}

export interface TCPRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type TCPRouteStatus = RouteStatus;

const ruleSchema = z.object({
  name: sectionNameSchema.optional(),
  backendRefs: z.array(backendRefSchema).min(1).max(16),
});

const manifestFields = {
  apiVersion: z.string(),
  kind: z.literal('TCPRoute'),
  metadata: namespacedMetaSchema,
};

export const tcpRouteSchema: z.ZodType<Manifest<TCPRoute>> = z.object({
  ...manifestFields,
  spec: z.object({ ...commonRouteFields, rules: z.array(ruleSchema).min(1).max(1) }),
});

export const tcpRouteV1alpha2Schema: z.ZodType<Manifest<TCPRoute>> = z.object({
  ...manifestFields,
  spec: z.object({ ...commonRouteFields, rules: z.array(ruleSchema).min(1).max(16).check(uniqueRuleNames) }),
});

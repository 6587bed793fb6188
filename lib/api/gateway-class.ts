import { z } from 'zod';

import { type Condition, conditionsSchema } from './condition.ts';
import { clusterMetaSchema, type Manifest } from './manifest.ts';
import { controllerNameSchema } from './names.ts';
import { type ObjectReference, objectReferenceSchema } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import { uniqueBy } from './rule.ts';
import { text } from './text.ts';

export interface GatewayClass extends KubeObject {
  readonly kind: 'GatewayClass';
  readonly spec: GatewayClassSpec;
}

export interface GatewayClassSpec {
  /** `domain/path`; fixed once created. */
  readonly controllerName: string;
  readonly parametersRef?: ParametersReference | undefined;
  readonly description?: string | undefined;
}

/** The namespace is absent for cluster-scoped kinds. */
export interface ParametersReference extends ObjectReference {}

export interface GatewayClassStatus {
  readonly conditions?: readonly Condition[] | undefined;
  /** In the order of their names. */
  readonly supportedFeatures?: readonly SupportedFeature[] | undefined;
}

export interface SupportedFeature {
  readonly name: string;
}

export const gatewayClassSchema: z.ZodType<Manifest<GatewayClass>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('GatewayClass'),
  metadata: clusterMetaSchema,
  spec: z.object({
    controllerName: controllerNameSchema,
    parametersRef: objectReferenceSchema.optional(),
    description: text({ max: 64 }).optional(),
  }),
});

export const gatewayClassStatusSchema: z.ZodType<GatewayClassStatus> = z.object({
  conditions: conditionsSchema.optional(),
  supportedFeatures: z.array(z.object({ name: z.string() })).max(64)
    .check(uniqueBy<SupportedFeature>({ keys: ['name'], what: 'feature' })).optional(),
});

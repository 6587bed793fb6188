import { z } from 'zod';

import { groupSchema, kindNameSchema, objectNameSchema, sectionNameSchema } from './names.ts';
import type { LocalObjectReference } from './object-reference.ts';

/** What a policy of the same namespace applies to. */
export interface LocalPolicyTargetReference extends LocalObjectReference {}

export interface LocalPolicyTargetReferenceWithSectionName extends LocalPolicyTargetReference {
  /** A listener of a Gateway or a port name of a Service. */
  readonly sectionName?: string | undefined;
}

export const localPolicyTargetReferenceSchema: z.ZodType<LocalPolicyTargetReference> = z.object({
  group: groupSchema,
  kind: kindNameSchema,
  name: objectNameSchema,
});

export const localPolicyTargetReferenceWithSectionNameSchema: z.ZodType<
  LocalPolicyTargetReferenceWithSectionName
> = z.object({
  group: groupSchema,
  kind: kindNameSchema,
  name: objectNameSchema,
  sectionName: sectionNameSchema.optional(),
});

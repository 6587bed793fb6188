import { z } from 'zod';

import { type Condition, someConditionsSchema } from './condition.ts';
import { controllerNameSchema } from './names.ts';
import { type ParentReference, parentReferenceSchema } from './parent-reference.ts';

/** What one controller says about a policy for one ancestor, such as a Gateway. */
export interface PolicyAncestorStatus {
  readonly ancestorRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface PolicyStatus {
  /** At most 16. */
  readonly ancestors: readonly PolicyAncestorStatus[];
}

export const policyStatusSchema: z.ZodType<PolicyStatus> = z.object({
  ancestors: z.array(z.object({
    ancestorRef: parentReferenceSchema,
    controllerName: controllerNameSchema,
    conditions: someConditionsSchema,
  })).max(16),
});

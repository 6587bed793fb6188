import { z } from 'zod';

import { type Condition, someConditionsSchema } from './condition.ts';
import { controllerNameSchema } from './names.ts';
import { type ParentReference, parentReferenceSchema } from './parent-reference.ts';

/** What one controller says about a route at one parent. */
export interface RouteParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface RouteStatus {
  /** At most 32. */
  readonly parents: readonly RouteParentStatus[];
}

export const routeStatusSchema: z.ZodType<RouteStatus> = z.object({
  parents: z.array(z.object({
    parentRef: parentReferenceSchema,
    controllerName: controllerNameSchema,
    conditions: someConditionsSchema,
  })).max(32),
});

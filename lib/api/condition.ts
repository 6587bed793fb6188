import { z } from 'zod';

import { uniqueBy } from './rule.ts';
import { text } from './text.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** One condition of a status. `lastTransitionTime` is the status writer's: values inside the graph have none. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  /** RFC 3339. */
  readonly lastTransitionTime?: string | undefined;
}

const typePattern =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;

/** A condition as it is written to the API server, so with its time. */
export const conditionSchema: z.ZodType<Condition> = z.object({
  type: text({ max: 316 }).regex(typePattern, 'a condition type, such as Accepted'),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: text({ min: 1, max: 1024 }).regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, 'a CamelCase reason'),
  message: text({ max: 32768 }),
  observedGeneration: z.int().min(0).optional(),
  lastTransitionTime: z.iso.datetime({ offset: true }),
});

/** At most 8 conditions, one of each type. */
export const conditionsSchema: z.ZodType<Condition[]> = z.array(conditionSchema).max(8)
  .check(uniqueBy<Condition>({ keys: ['type'], what: 'condition' }));

/** 1 to 8 conditions, one of each type. */
export const someConditionsSchema: z.ZodType<Condition[]> = z.array(conditionSchema).min(1).max(8)
  .check(uniqueBy<Condition>({ keys: ['type'], what: 'condition' }));

import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { countSchema, msSchema } from './parts/scalars.ts';

/** When an endpoint gets no requests for a while; Mappings of v0 refer to it by name. */
export interface OutlierDetectionV0 extends KubeObject {
  readonly kind: 'OutlierDetection';
  readonly spec: OutlierDetectionV0Spec;
}

export interface OutlierDetectionV0Spec extends Addressed {
  readonly consecutive5xx: number;
  readonly maxEjectionPercent: number;
  readonly intervalMs: number;
}

export const outlierDetectionSpec: z.ZodType<OutlierDetectionV0Spec> = z.object({
  ambassador_id: ambassadorIdField,
  consecutive_5xx: countSchema.default(5),
  max_ejection: z.int().min(0).max(100).default(100),
  interval_ms: msSchema.default(3000),
}).transform(({ ambassador_id, consecutive_5xx, max_ejection, interval_ms }) => ({
  ambassadorIds: ambassadorIdsOf(ambassador_id),
  consecutive5xx: consecutive_5xx,
  maxEjectionPercent: max_ejection,
  intervalMs: interval_ms,
}));

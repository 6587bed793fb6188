import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { countSchema } from './parts/scalars.ts';

/** Limits that Mappings of v0 refer to by name. */
export interface CircuitBreakerV0 extends KubeObject {
  readonly kind: 'CircuitBreaker';
  readonly spec: CircuitBreakerV0Spec;
}

export interface CircuitBreakerV0Spec extends Addressed {
  readonly maxConnections: number;
  readonly maxRequests: number;
  readonly maxPending: number;
  readonly maxRetries: number;
}

export const circuitBreakerSpec: z.ZodType<CircuitBreakerV0Spec> = z.object({
  ambassador_id: ambassadorIdField,
  max_connections: countSchema.default(1024),
  max_requests: countSchema.default(1024),
  max_pending: countSchema.default(1024),
  max_retries: countSchema.default(3),
}).transform(({ ambassador_id, ...rest }) => ({
  ...camel(rest),
  ambassadorIds: ambassadorIdsOf(ambassador_id),
}));

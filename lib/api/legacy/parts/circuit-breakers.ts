import { z } from 'zod';

import { camel } from './camel.ts';
import { countSchema } from './scalars.ts';

/** Limits of what is under way to a backend at a time, by Envoy's routing priority. Envoy's defaults are 1024, 3 retries. */
export interface CircuitBreaker {
  readonly priority: 'default' | 'high';
  readonly maxConnections?: number | undefined;
  readonly maxPendingRequests?: number | undefined;
  readonly maxRequests?: number | undefined;
  readonly maxRetries?: number | undefined;
}

export const circuitBreakersSchema: z.ZodType<readonly CircuitBreaker[]> = z.array(
  z.object({
    priority: z.enum(['default', 'high']).default('default'),
    max_connections: countSchema.optional(),
    max_pending_requests: countSchema.optional(),
    max_requests: countSchema.optional(),
    max_retries: countSchema.optional(),
  }).transform(camel),
);

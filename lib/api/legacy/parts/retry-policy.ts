import { z } from 'zod';

import { defined } from './defined.ts';
import { countSchema, secondsSchema } from './scalars.ts';

export interface RetryPolicy {
  /** One of Envoy's conditions. */
  readonly retryOn?: RetryOn | undefined;
  /** Tries after the first; 1 by default. */
  readonly numRetries?: number | undefined;
  /** By default a try may take as long as the whole request. */
  readonly perTryTimeoutMs?: number | undefined;
}

const conditions = [
  '5xx',
  'gateway-error',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
] as const;

export type RetryOn = typeof conditions[number];

export const retryPolicySchema: z.ZodType<RetryPolicy> = z.object({
  retry_on: z.enum(conditions).optional(),
  num_retries: countSchema.optional(),
  per_try_timeout: secondsSchema.optional(),
}).transform((policy) =>
  defined({
    retryOn: policy.retry_on,
    numRetries: policy.num_retries,
    perTryTimeoutMs: policy.per_try_timeout,
  })
);

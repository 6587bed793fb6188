import { z } from 'zod';

import { type Duration, durationMs, durationSchema } from './duration.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';
import { type LocalPolicyTargetReference, localPolicyTargetReferenceSchema } from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';
import { rule, uniqueBy } from './rule.ts';
import { type SessionPersistence, sessionPersistenceSchema } from './session-persistence.ts';

/** Retry budgets and session persistence for all traffic to a backend. */
export interface XBackendTrafficPolicy extends KubeObject {
  readonly kind: 'XBackendTrafficPolicy';
  readonly spec: BackendTrafficPolicySpec;
}

export interface BackendTrafficPolicySpec {
  readonly targetRefs: readonly LocalPolicyTargetReference[];
  readonly retryConstraint?: RetryConstraint | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

/** Bounds how many requests may be retries (GEP-3388). */
export interface RetryConstraint {
  readonly budget: BudgetDetails;
  /** Retries that are always allowed; 10 a second by default. */
  readonly minRetryRate: RequestRate;
}

export interface BudgetDetails {
  /** Of active requests; 20 by default. */
  readonly percent: number;
  /** `10s` by default. */
  readonly interval: Duration;
}

export interface RequestRate {
  readonly count?: number | undefined;
  readonly interval?: Duration | undefined;
}

export type BackendTrafficPolicyStatus = PolicyStatus;

const hourMs = 3_600_000;

const budgetIntervalSchema = durationSchema.check(
  rule<Duration>('6f07595e', (interval) => durationMs(interval) >= 1000 && durationMs(interval) <= hourMs, {
    message: 'is not between one second and one hour',
  }),
);

const rateIntervalSchema = durationSchema.check(
  rule<Duration>('e95bafc3', (interval) => durationMs(interval) > 0 && durationMs(interval) <= hourMs, {
    message: 'is zero or longer than one hour',
  }),
);

const defaultBudget: BudgetDetails = { percent: 20, interval: '10s' };
const defaultRate: RequestRate = { count: 10, interval: '1s' };

export const xBackendTrafficPolicySchema: z.ZodType<Manifest<XBackendTrafficPolicy>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('XBackendTrafficPolicy'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    targetRefs: z.array(localPolicyTargetReferenceSchema).min(1).max(16)
      .check(uniqueBy<LocalPolicyTargetReference>({ keys: ['group', 'kind', 'name'], what: 'targetRef' })),
    retryConstraint: z.object({
      budget: z.object({
        percent: z.int().min(0).max(100).default(20),
        interval: budgetIntervalSchema.default('10s'),
      }).default(() => defaultBudget),
      minRetryRate: z.object({
        count: z.int().min(1).max(1_000_000).optional(),
        interval: rateIntervalSchema.optional(),
      }).default(() => defaultRate),
    }).optional(),
    sessionPersistence: sessionPersistenceSchema.optional(),
  }),
});

import type { Duration } from './duration.ts';
import type { KubeObject } from './object.ts';
import type { LocalPolicyTargetReference } from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';
import type { SessionPersistence } from './session-persistence.ts';

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

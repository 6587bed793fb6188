import { durationMs, type RequestRate, type XBackendTrafficPolicy } from '../../lib/api/mod.ts';
import type { SessionPersistence } from '../../lib/api/mod.ts';
import type { Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { ObjectRef, RetryBudget } from '../../lib/model/mod.ts';
import { createdAt } from '../listener-set/attached.ts';
import { isXBackend, X_GROUP } from '../x-backend/translate.ts';

/** What an XBackendTrafficPolicy means wherever its targets are used (GEP-3388). `key` is `namespace/name`. */
export interface TrafficPolicyResult extends Keyed {
  readonly policy: ObjectRef;
  readonly generation: number;
  /** Creation time, ms since the epoch; 0 if unknown. */
  readonly created: number;
  /** `namespace/name` of Services, and `XBackend/namespace/name`. */
  readonly targets: readonly string[];
  readonly retryBudget?: RetryBudget;
  readonly session?: SessionPersistence;
}

export function translateTrafficPolicy(policy: XBackendTrafficPolicy): TrafficPolicyResult {
  const { key, kind, metadata: { namespace = '', name, generation }, spec } = policy;
  const { retryConstraint, sessionPersistence } = spec;
  return {
    key,
    policy: { group: X_GROUP, kind, namespace, name },
    generation,
    created: createdAt(policy),
    targets: spec.targetRefs.flatMap((ref) =>
      isXBackend(ref)
        ? [`XBackend/${namespace}/${ref.name}`]
        : ref.group === '' && ref.kind === 'Service'
        ? [`${namespace}/${ref.name}`]
        : []
    ),
    ...(retryConstraint === undefined ? {} : {
      retryBudget: {
        percent: retryConstraint.budget.percent,
        interval: durationMs(retryConstraint.budget.interval),
        minConcurrent: atOnce(retryConstraint.minRetryRate),
      },
    }),
    ...(sessionPersistence === undefined ? {} : { session: sessionPersistence }),
  };
}

/** Envoy knows no least rate of retries, but how many may be under way whatever the budget: as many as come in a second. */
function atOnce({ count = 10, interval = '1s' }: RequestRate): number {
  return Math.max(1, Math.ceil(count * 1_000 / durationMs(interval)));
}

/** Index buckets of policies. */
export function trafficTargets({ targets }: TrafficPolicyResult): readonly string[] {
  return [...new Set(targets)];
}

/** The policy that takes precedence for a target: the oldest, then the first by name. */
export function trafficPolicyFor(
  fetch: Fetch,
  policies: Index<TrafficPolicyResult>,
  target: string,
): TrafficPolicyResult | undefined {
  let first: TrafficPolicyResult | undefined;
  for (const policy of fetch.by(policies, target)) {
    if (first === undefined || policy.created < first.created) first = policy;
  }
  return first;
}

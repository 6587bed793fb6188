import type { Fetch, Index } from '../../lib/graph/types.ts';
import type { BackendTlsPolicyResult, PolicyTarget } from './translate.ts';

type Policies = Index<BackendTlsPolicyResult>;

/**
 * The policy of a Service's port: of those that name the port the first by precedence, otherwise of those that mean the
 * whole Service.
 */
export function policyFor(
  fetch: Fetch,
  policies: Policies,
  target: PolicyTarget,
): BackendTlsPolicyResult | undefined {
  const ofPort = target.section === undefined ? undefined : firstOf(fetch, policies, target);
  return ofPort ?? firstOf(fetch, policies, { service: target.service });
}

/** The policy that takes precedence among those with exactly this target: the oldest, then the first by name. */
export function firstOf(
  fetch: Fetch,
  policies: Policies,
  target: PolicyTarget,
): BackendTlsPolicyResult | undefined {
  let first: BackendTlsPolicyResult | undefined;
  // In key order, so that only greater age displaces an earlier name.
  for (const policy of fetch.by(policies, target.service)) {
    if (
      !policy.targets.some(({ service, section }) => service === target.service && section === target.section)
    ) continue;
    if (first === undefined || policy.created < first.created) first = policy;
  }
  return first;
}

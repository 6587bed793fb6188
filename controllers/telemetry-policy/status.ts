import type { Condition, PolicyStatus, XTelemetryPolicy } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { GatewayResult, StatusResult } from '../flow.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import { telemetryPolicyFor, type TelemetryPolicyResult } from './translate.ts';

export interface TelemetryPolicyStatusReads {
  readonly results: Collection<TelemetryPolicyResult>;
  readonly telemetryPolicies: Index<TelemetryPolicyResult>;
  readonly gateways: Collection<GatewayResult>;
}

/** `Accepted` and `ResolvedRefs` for each Gateway of ours that the policy targets. */
export function telemetryPolicyStatus(
  { key }: XTelemetryPolicy,
  fetch: Fetch,
  { results, telemetryPolicies, gateways }: TelemetryPolicyStatusReads,
): StatusResult | undefined {
  const result = fetch.one(results, key);
  if (result === undefined) return undefined;
  const { policy, generation: observedGeneration, targets, unresolved } = result;
  const status: PolicyStatus = {
    ancestors: [...new Set(targets)].sort().flatMap((target) => {
      if (fetch.one(gateways, target) === undefined) return [];
      const [namespace = '', name = ''] = target.split('/');
      const winner = telemetryPolicyFor(fetch, telemetryPolicies, target);
      const loses = winner !== undefined && winner.key !== key;
      const accepted: Condition = {
        type: 'Accepted',
        status: loses ? 'False' : 'True',
        reason: loses ? 'Conflicted' : 'Accepted',
        message: loses
          ? `XTelemetryPolicy ${winner.key} takes precedence for Gateway ${target}.`
          : 'The policy is valid.',
        observedGeneration,
      };
      const resolvedRefs: Condition = {
        type: 'ResolvedRefs',
        status: unresolved === undefined ? 'True' : 'False',
        ...(unresolved ?? { reason: 'ResolvedRefs', message: 'All references are resolved.' }),
        observedGeneration,
      };
      return [{
        ancestorRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace, name },
        controllerName: CONTROLLER_NAME,
        conditions: [accepted, resolvedRefs],
      }];
    }),
  };
  return { key: `${policy.kind}/${key}`, object: policy, generation: observedGeneration, status };
}

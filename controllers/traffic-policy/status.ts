import type { Condition, PolicyStatus, Service, XBackend, XBackendTrafficPolicy } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import { gatewaysUsing, type PolicyAncestor } from '../backend-tls-policy/ancestors.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { DiagnosticSet, StatusResult } from '../flow.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import { trafficPolicyFor, type TrafficPolicyResult } from './translate.ts';

export interface TrafficPolicyStatusReads {
  readonly results: Collection<TrafficPolicyResult>;
  readonly trafficPolicies: Index<TrafficPolicyResult>;
  readonly services: Collection<Service>;
  readonly xBackends: Collection<XBackend>;
  /** By `serviceOfAncestor`. */
  readonly ancestors: Index<PolicyAncestor>;
}

/** Upstream's limit of `status.ancestors`. */
const MAX_ANCESTORS = 16;

/** `Accepted` for each Gateway that uses a target of the policy. */
export function trafficPolicyStatus(
  { key }: XBackendTrafficPolicy,
  fetch: Fetch,
  reads: TrafficPolicyStatusReads,
): StatusResult | undefined {
  const result = fetch.one(reads.results, key);
  if (result === undefined) return undefined;
  const { policy, generation, targets } = result;
  const problem = problemOf(result, fetch, reads);
  const accepted: Condition = {
    type: 'Accepted',
    status: problem === undefined ? 'True' : 'False',
    ...(problem ?? { reason: 'Accepted', message: 'The policy is valid.' }),
    observedGeneration: generation,
  };
  const status: PolicyStatus = {
    ancestors: gatewaysUsing(targets, fetch, reads.ancestors).slice(0, MAX_ANCESTORS).map((gateway) => ({
      ancestorRef: gateway,
      controllerName: CONTROLLER_NAME,
      conditions: [accepted],
    })),
  };
  return { key: `${policy.kind}/${key}`, object: policy, generation, status };
}

export function trafficPolicyDiagnostics(
  result: TrafficPolicyResult,
  fetch: Fetch,
  reads: TrafficPolicyStatusReads,
): DiagnosticSet | undefined {
  const { key, policy: object, targets, session } = result;
  const problem = problemOf(result, fetch, reads);
  const diagnostics: Diagnostic[] = [];
  if (problem !== undefined) {
    const { reason: code, message } = problem;
    diagnostics.push({ object, severity: 'error', code, field: 'spec.targetRefs', message });
  }
  for (const target of session === undefined ? [] : targets) {
    if (!target.startsWith(X_BACKEND)) continue;
    const name = target.slice(X_BACKEND.length);
    if (fetch.one(reads.xBackends, name)?.spec.type !== 'ExternalHostname') continue;
    diagnostics.push({
      object,
      severity: 'warning',
      code: 'UnsupportedValue',
      field: 'spec.sessionPersistence',
      message: `XBackend ${name} is a hostname, which has no endpoints that a session could stay at.`,
    });
  }
  return diagnostics.length === 0 ? undefined : { key: `${object.kind}/${key}`, diagnostics };
}

const X_BACKEND = 'XBackend/';

interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** Why the policy lacks effect on one of its targets. */
function problemOf(
  { key, targets }: TrafficPolicyResult,
  fetch: Fetch,
  { trafficPolicies, services, xBackends }: TrafficPolicyStatusReads,
): Problem | undefined {
  if (targets.length === 0) {
    return { reason: 'TargetNotFound', message: 'The policy targets no Service or XBackend.' };
  }
  for (const target of targets) {
    const [what, name] = target.startsWith(X_BACKEND)
      ? ['XBackend', target.slice(X_BACKEND.length)]
      : ['Service', target];
    const winner = trafficPolicyFor(fetch, trafficPolicies, target);
    if (winner !== undefined && winner.key !== key) {
      const message = `XBackendTrafficPolicy ${winner.key} takes precedence for ${what} ${name}.`;
      return { reason: 'Conflicted', message };
    }
    const exists = fetch.one<Service | XBackend>(what === 'XBackend' ? xBackends : services, name);
    if (exists === undefined) {
      return { reason: 'TargetNotFound', message: `${what} ${name} does not exist.` };
    }
  }
  return undefined;
}

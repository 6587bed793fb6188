import type {
  BackendTLSPolicy,
  Condition,
  PolicyAncestorStatus,
  PolicyStatus,
  Service,
} from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { DiagnosticSet, StatusResult } from '../flow.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import { gatewaysUsing, type PolicyAncestor } from './ancestors.ts';
import { firstOf } from './precedence.ts';
import type { BackendTlsPolicyResult, PolicyTarget } from './translate.ts';

export interface BackendTlsPolicyStatusReads {
  readonly results: Collection<BackendTlsPolicyResult>;
  readonly tlsPolicies: Index<BackendTlsPolicyResult>;
  readonly services: Collection<Service>;
  /** By `serviceOfAncestor`. */
  readonly ancestors: Index<PolicyAncestor>;
}

/** Upstream's limit of `status.ancestors`. */
const MAX_ANCESTORS = 16;

/** `Accepted` and `ResolvedRefs` for each Gateway whose routes use a Service that the policy targets. */
export function backendTlsPolicyStatus(
  policy: BackendTLSPolicy,
  fetch: Fetch,
  reads: BackendTlsPolicyStatusReads,
): StatusResult | undefined {
  const result = fetch.one(reads.results, policy.key);
  if (result === undefined) return undefined;
  const conditions = conditionsOf(result, fetch, reads);
  const targets = result.targets.map(({ service }) => service);
  const status: PolicyStatus = {
    ancestors: gatewaysUsing(targets, fetch, reads.ancestors).slice(0, MAX_ANCESTORS).map((
      gateway,
    ): PolicyAncestorStatus => ({
      ancestorRef: gateway,
      controllerName: CONTROLLER_NAME,
      conditions,
    })),
  };
  return {
    key: `${result.policy.kind}/${policy.key}`,
    object: result.policy,
    generation: result.generation,
    status,
  };
}

/** The policy's own problems, and that it does not take effect on a target. */
export function backendTlsPolicyDiagnostics(
  policy: BackendTLSPolicy,
  fetch: Fetch,
  reads: BackendTlsPolicyStatusReads,
): DiagnosticSet | undefined {
  const result = fetch.one(reads.results, policy.key);
  if (result === undefined) return undefined;
  const problem = targetProblem(result, fetch, reads);
  const diagnostics = problem === undefined ? result.diagnostics : [...result.diagnostics, {
    object: result.policy,
    severity: 'error' as const,
    code: problem.reason,
    field: 'spec.targetRefs',
    message: problem.message,
  }];
  return diagnostics.length === 0 ? undefined : { key: `${result.policy.kind}/${policy.key}`, diagnostics };
}

function conditionsOf(
  result: BackendTlsPolicyResult,
  fetch: Fetch,
  reads: BackendTlsPolicyStatusReads,
): readonly Condition[] {
  const { verdict, generation: observedGeneration } = result;
  const accepted = verdict.accepted.reason === 'Accepted'
    ? targetProblem(result, fetch, reads) ?? verdict.accepted
    : verdict.accepted;
  return [
    {
      type: 'Accepted',
      status: accepted.reason === 'Accepted' ? 'True' : 'False',
      ...accepted,
      observedGeneration,
    },
    {
      type: 'ResolvedRefs',
      status: verdict.resolvedRefs.reason === 'ResolvedRefs' ? 'True' : 'False',
      ...verdict.resolvedRefs,
      observedGeneration,
    },
  ];
}

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Why the policy lacks effect on one of its targets. */
function targetProblem(
  result: BackendTlsPolicyResult,
  fetch: Fetch,
  reads: BackendTlsPolicyStatusReads,
): Refusal | undefined {
  if (result.targets.length === 0) {
    return { reason: 'TargetNotFound', message: 'The policy targets no Service.' };
  }
  for (const target of result.targets) {
    const winner = firstOf(fetch, reads.tlsPolicies, target);
    if (winner !== undefined && winner.key !== result.key) {
      const message = `BackendTLSPolicy ${winner.key} takes precedence for ${describeTarget(target)}.`;
      return { reason: 'Conflicted', message };
    }
    const service = fetch.one(reads.services, target.service);
    const ports = service?.spec.ports ?? [];
    if (
      service === undefined ||
      (target.section !== undefined && ports.every(({ name }) => name !== target.section))
    ) {
      return { reason: 'TargetNotFound', message: `${describeTarget(target)} does not exist.` };
    }
  }
  return undefined;
}

function describeTarget({ service, section }: PolicyTarget): string {
  return section === undefined ? `Service ${service}` : `Port ${section} of Service ${service}`;
}

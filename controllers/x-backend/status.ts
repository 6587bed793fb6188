import type { BackendStatus, Condition, XBackend } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import { gatewaysUsing, type PolicyAncestor } from '../backend-tls-policy/ancestors.ts';
import type { DiagnosticSet, InfraFault, StatusResult } from '../flow.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import type { XBackendResult } from './translate.ts';

export interface XBackendStatusReads {
  readonly results: Collection<XBackendResult>;
  /** By `serviceOfAncestor`. */
  readonly ancestors: Index<PolicyAncestor>;
  readonly infraFaults: Collection<InfraFault>;
}

/** Upstream's limit of `status.ancestors`. */
const MAX_ANCESTORS = 32;

/** `Accepted` for each Gateway whose routes or listeners refer to the XBackend. */
export function xBackendStatus(
  backend: XBackend,
  fetch: Fetch,
  { results, ancestors, infraFaults }: XBackendStatusReads,
): StatusResult | undefined {
  const result = fetch.one(results, backend.key);
  if (result === undefined) return undefined;
  const { generation, problems: [problem] } = result;
  const fault = fetch.one(infraFaults, `XBackend/${backend.key}`);
  const accepted: Condition = {
    type: 'Accepted',
    status: problem === undefined && fault === undefined ? 'True' : 'False',
    reason: problem?.code ?? fault?.reason ?? 'Accepted',
    message: problem?.message ?? fault?.message ?? 'The XBackend can be used.',
    observedGeneration: generation,
  };
  const status: BackendStatus = {
    ancestors: gatewaysUsing([`XBackend/${backend.key}`], fetch, ancestors).slice(0, MAX_ANCESTORS).map((
      gateway,
    ) => ({
      ancestorRef: gateway,
      controllerName: CONTROLLER_NAME,
      conditions: [accepted],
    })),
  };
  return { key: `XBackend/${backend.key}`, object: result.backend, generation, status };
}

export function xBackendDiagnostics({ key, problems }: XBackendResult): DiagnosticSet | undefined {
  return problems.length === 0 ? undefined : { key: `XBackend/${key}`, diagnostics: problems };
}

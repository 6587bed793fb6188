import type { Gateway } from '../../lib/api/gateway.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { isUnresolved, resolveKeyPair } from '../secret/resolve.ts';
import { certificateUse, type GatewayCertificateReads, reasonOf, validityProblem } from './certificates.ts';
import { sourceOf } from './listeners.ts';

/** What a Gateway shows to TLS backends that ask for a certificate (GEP-3155). */
export interface ClientCertificate {
  /** Absent if there is none, or none that can be used. */
  readonly use?: SecretUse;
  /** Reasons why `ResolvedRefs` is false. */
  readonly problems: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
}

/** Resolves `spec.tls.backend.clientCertificateRef`. */
export function clientCertificate(
  gateway: Gateway,
  fetch: Fetch,
  reads: GatewayCertificateReads,
): ClientCertificate {
  const to = gateway.spec.tls?.backend?.clientCertificateRef;
  if (to === undefined) return { problems: [], notes: [] };
  const { object } = sourceOf(gateway);
  const at = { object, field: 'spec.tls.backend.clientCertificateRef' };
  const resolved = resolveKeyPair(fetch, reads, { from: object, to });
  if (isUnresolved(resolved)) {
    const problem: Diagnostic = {
      ...at,
      severity: 'error',
      ...reasonOf(resolved, 'InvalidClientCertificateRef'),
    };
    return { problems: [problem], notes: [] };
  }
  const note = validityProblem(resolved, fetch, reads);
  return {
    use: certificateUse(resolved),
    problems: [],
    notes: note === undefined ? [] : [{ ...at, ...note }],
  };
}

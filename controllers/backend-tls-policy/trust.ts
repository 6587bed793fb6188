import type { BackendTLSPolicyValidation } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic, UpstreamTls } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import type { Referrer } from '../reference-grant/granted.ts';
import { trustName } from '../secret/names.ts';
import { type CertificateReads, isUnresolved, resolveTrust, type Unresolved } from '../secret/resolve.ts';

export type Fault = Omit<Diagnostic, 'object' | 'severity'>;

/** Whom TLS to a backend trusts. */
export interface Trust {
  /** Absent if nobody can be trusted. */
  readonly trust: UpstreamTls['trust'] | undefined;
  readonly secrets: readonly SecretUse[];
  readonly accepted: { readonly reason: string; readonly message: string };
  readonly resolvedRefs: { readonly reason: string; readonly message: string };
  readonly faults: Fault[];
}

export interface TrustContext extends CertificateReads {
  /** Who refers to the anchors. */
  readonly from: Referrer;
  /** Path of the validation in it. */
  readonly field: string;
}

const ACCEPTED = { reason: 'Accepted', message: 'The policy is valid.' };
const RESOLVED = { reason: 'ResolvedRefs', message: 'All references are resolved.' };

/** The trust anchors of a BackendTLSPolicyValidation, as both BackendTLSPolicies and XBackends have it. */
export function validationTrust(
  { caCertificateRefs = [], wellKnownCACertificates }: BackendTLSPolicyValidation,
  fetch: Fetch,
  { from, field, ...reads }: TrustContext,
): Trust {
  if (caCertificateRefs.length === 0) {
    if (wellKnownCACertificates === 'System') {
      return {
        trust: { type: 'system' },
        secrets: [],
        accepted: ACCEPTED,
        resolvedRefs: RESOLVED,
        faults: [],
      };
    }
    const message = `wellKnownCACertificates ${wellKnownCACertificates ?? ''} is not supported; use System.`;
    return {
      trust: undefined,
      secrets: [],
      accepted: { reason: 'Invalid', message },
      resolvedRefs: RESOLVED,
      faults: [{ code: 'Invalid', field: `${field}.wellKnownCACertificates`, message }],
    };
  }
  const anchors = caCertificateRefs.map((to) => resolveTrust(fetch, reads, { from, to }));
  const faults = anchors.flatMap((anchor, index) =>
    isUnresolved(anchor)
      ? [{
        code: reasonOf(anchor),
        field: `${field}.caCertificateRefs[${index}]`,
        message: anchor.message,
        fix: anchor.fix,
      }]
      : []
  );
  const [fault] = faults;
  const resolvedRefs = fault === undefined ? RESOLVED : { reason: fault.code, message: fault.message };
  const sources = anchors.flatMap((anchor) => (isUnresolved(anchor) ? [] : [anchor.source]));
  if (sources.length === 0) {
    const message = `No CA certificate can be used: ${resolvedRefs.message}`;
    return {
      trust: undefined,
      secrets: [],
      accepted: { reason: 'NoValidCACertificate', message },
      resolvedRefs,
      faults,
    };
  }
  const name = trustName(sources);
  return {
    trust: { type: 'bundle', secret: name },
    secrets: [{ name, type: 'trust', sources }],
    accepted: ACCEPTED,
    resolvedRefs,
    faults,
  };
}

function reasonOf({ cause }: Unresolved): string {
  return cause === 'unsupported-kind' ? 'InvalidKind' : 'InvalidCACertificateRef';
}

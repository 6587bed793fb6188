import type { LocalObjectReference } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import type { LocalPolicyTargetReferenceWithSectionName } from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';

/** How the Gateway speaks TLS to a Service (GEP-1897). */
export interface BackendTLSPolicy extends KubeObject {
  readonly kind: 'BackendTLSPolicy';
  readonly spec: BackendTLSPolicySpec;
}

export interface BackendTLSPolicySpec {
  readonly targetRefs: readonly LocalPolicyTargetReferenceWithSectionName[];
  readonly validation: BackendTLSPolicyValidation;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** Exactly one of `caCertificateRefs` and `wellKnownCACertificates` is present. */
export interface BackendTLSPolicyValidation {
  readonly caCertificateRefs?: readonly LocalObjectReference[] | undefined;
  /** `System`, or a name with a domain of its own. */
  readonly wellKnownCACertificates?: string | undefined;
  /** The server name sent and, without `subjectAltNames`, the name that the certificate must have. */
  readonly hostname: string;
  readonly subjectAltNames?: readonly SubjectAltName[] | undefined;
}

/** Exactly the field that `type` names is present. */
export interface SubjectAltName {
  readonly type: 'Hostname' | 'URI';
  readonly hostname?: string | undefined;
  readonly uri?: string | undefined;
}

export type BackendTLSPolicyStatus = PolicyStatus;

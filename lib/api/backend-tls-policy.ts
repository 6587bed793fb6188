import { z } from 'zod';

import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { hostnameSchema, optionsSchema, preciseHostnameSchema } from './names.ts';
import { type LocalObjectReference, localObjectReferenceSchema } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import {
  type LocalPolicyTargetReferenceWithSectionName,
  localPolicyTargetReferenceWithSectionNameSchema,
} from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';
import { itemRule, rule, unionMember } from './rule.ts';
import { text } from './text.ts';

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

const wellKnown =
  /^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$/;
const absoluteURI = /^(([^:/?#]+):)(\/\/([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?/;

const subjectAltNameSchema = z.object({
  type: z.enum(['Hostname', 'URI']),
  hostname: hostnameSchema.optional(),
  uri: text({ min: 1, max: 253 }).regex(absoluteURI, 'an absolute URI, such as spiffe://example.com/service')
    .optional(),
}).check(
  ...unionMember<SubjectAltName>({
    field: 'hostname',
    type: 'Hostname',
    by: 'type',
    rules: ['b8b9b475', '9f2f8a20'],
  }),
  ...unionMember<SubjectAltName>({ field: 'uri', type: 'URI', by: 'type', rules: ['3aadac42', '6f0bb440'] }),
);

/** How a backend's certificate is checked. */
export const backendTLSValidationSchema: z.ZodType<BackendTLSPolicyValidation> = z.object({
  caCertificateRefs: z.array(localObjectReferenceSchema).min(1).max(8).optional(),
  wellKnownCACertificates: text({ min: 1, max: 253 }).regex(wellKnown, 'System, or domain/name').optional(),
  hostname: preciseHostnameSchema,
  subjectAltNames: z.array(subjectAltNameSchema).max(5).optional(),
}).check(
  rule<BackendTLSPolicyValidation>(
    '7a4c8606',
    (value) => (value.caCertificateRefs === undefined) !== (value.wellKnownCACertificates === undefined),
    { message: 'needs exactly one of caCertificateRefs and wellKnownCACertificates' },
  ),
);

type Target = LocalPolicyTargetReferenceWithSectionName;

function sameTarget(a: Target, b: Target): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name;
}

export const backendTLSPolicySchema: z.ZodType<Manifest<BackendTLSPolicy>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('BackendTLSPolicy'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    targetRefs: z.array(localPolicyTargetReferenceWithSectionNameSchema).min(1).max(16).check(
      itemRule<Target>(
        '04db2332',
        (a, list) =>
          list.every((b) =>
            !sameTarget(a, b) || (a.sectionName === undefined) === (b.sectionName === undefined)
          ),
        { message: 'another targetRef has the same target: all of them, or none, need a sectionName' },
      ),
      itemRule<Target>(
        'ae7c04b5',
        (a, list) => list.every((b) => a === b || !sameTarget(a, b) || a.sectionName !== b.sectionName),
        { message: 'another targetRef has the same target and sectionName' },
      ),
    ),
    validation: backendTLSValidationSchema,
    options: optionsSchema.optional(),
  }),
});

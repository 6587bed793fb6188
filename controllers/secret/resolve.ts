import type { ObjectReference } from '../../lib/api/object-reference.ts';
import type { ReferenceGrant } from '../../lib/api/reference-grant.ts';
import type { Fetch, Index } from '../../lib/graph/types.ts';
import { describe, type ObjectRef } from '../../lib/model/mod.ts';
import { granted, type Referrer } from '../reference-grant/granted.ts';
import { type KeyPair, keyPairOf } from './key-pair.ts';
import { type Flaw, isFlaw } from './pem.ts';
import { trustAnchorsOf } from './trust-anchors.ts';
import { isTrustBundle, mayHoldTrust, type TrustReads, trustSource } from './trust-sources.ts';

export interface CertificateReads extends TrustReads {
  readonly grants: Index<ReferenceGrant>;
}

/** Who refers to what; an absent namespace is the referrer's. */
export interface CertificateReference {
  readonly from: Referrer;
  readonly to: ObjectReference;
}

/** Why a reference gives no certificates; each use has its own condition reasons for the three cases. */
export interface Unresolved {
  readonly cause: 'not-permitted' | 'unsupported-kind' | 'invalid';
  readonly message: string;
  readonly fix: string;
}

export interface ResolvedKeyPair {
  readonly source: ObjectRef;
  readonly pair: KeyPair;
}

export interface ResolvedTrust {
  readonly source: ObjectRef;
}

export function isUnresolved(value: object): value is Unresolved {
  return 'cause' in value;
}

/** The key pair behind a reference to a Secret. */
export function resolveKeyPair(
  fetch: Fetch,
  reads: CertificateReads,
  reference: CertificateReference,
): ResolvedKeyPair | Unresolved {
  const source = targetOf(reference);
  const denial = denied(fetch, reads.grants, { from: reference.from, source });
  if (denial !== undefined) return denial;
  if (source.group !== '' || source.kind !== 'Secret') return unsupported(source, 'a Secret');
  const secret = fetch.one(reads.secrets, `${source.namespace}/${source.name}`);
  if (secret === undefined) return missing(source, 'with tls.crt and tls.key');
  const pair = keyPairOf(secret);
  return isFlaw(pair) ? flawed(source, pair) : { source, pair };
}

/** CA certificates behind a reference to a ConfigMap or Secret with `ca.crt`, or to a ClusterTrustBundle. */
export function resolveTrust(
  fetch: Fetch,
  reads: CertificateReads,
  reference: CertificateReference,
): ResolvedTrust | Unresolved {
  const source = targetOf(reference);
  const denial = denied(fetch, reads.grants, { from: reference.from, source });
  if (denial !== undefined) return denial;
  if (!mayHoldTrust(source, fetch, reads)) {
    return isTrustBundle(source) ? unserved(source) : unsupported(source, 'a ConfigMap or Secret');
  }
  const object = trustSource(source, fetch, reads);
  if (object === undefined) return missing(source, isTrustBundle(source) ? 'in the cluster' : 'with ca.crt');
  const anchors = trustAnchorsOf(object);
  return isFlaw(anchors) ? flawed(source, anchors) : { source };
}

function targetOf({ from, to }: CertificateReference): ObjectRef {
  const { group, kind, name, namespace = from.namespace } = to;
  return { group, kind, namespace: isTrustBundle(to) ? '' : namespace, name };
}

function denied(
  fetch: Fetch,
  grants: Index<ReferenceGrant>,
  { from, source }: { readonly from: Referrer; readonly source: ObjectRef },
): Unresolved | undefined {
  // What is in no namespace is for all of them.
  if (isTrustBundle(source) || granted(fetch, grants, { from, to: source })) return undefined;
  return {
    cause: 'not-permitted',
    message:
      `No ReferenceGrant in namespace ${source.namespace} lets a ${from.kind} of namespace ${from.namespace} ` +
      `refer to ${describe(source)}.`,
    fix:
      `Create a ReferenceGrant in namespace ${source.namespace}, or refer to an object of namespace ${from.namespace}.`,
  };
}

function unsupported(source: ObjectRef, wanted: string): Unresolved {
  const kind = source.group === '' ? source.kind : `${source.kind} of group ${source.group}`;
  return { cause: 'unsupported-kind', message: `${kind} is not supported here.`, fix: `Refer to ${wanted}.` };
}

function unserved({ kind, group }: ObjectRef): Unresolved {
  return {
    cause: 'unsupported-kind',
    message: `${kind} of group ${group} is not served by this cluster, or may not be read.`,
    fix: 'Refer to a ConfigMap or Secret.',
  };
}

function missing(source: ObjectRef, content: string): Unresolved {
  return {
    cause: 'invalid',
    message: `${describe(source)} does not exist.`,
    fix: `Create the ${source.kind} ${content}.`,
  };
}

function flawed(source: ObjectRef, { field, problem }: Flaw): Unresolved {
  return { cause: 'invalid', message: `${describe(source)}: ${field} ${problem}.`, fix: `Correct ${field}.` };
}

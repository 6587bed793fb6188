import type { ReferenceGrant } from '../../lib/api/reference-grant.ts';
import type { Fetch, Index } from '../../lib/graph/types.ts';

/** Who refers. */
export interface Referrer {
  /** API group; `''` for core. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** What is referred to, whether it exists or not. */
export interface Referent extends Referrer {
  readonly name: string;
}

export interface Reference {
  readonly from: Referrer;
  readonly to: Referent;
}

/**
 * Whether a reference is allowed (ReferenceGrant, GEP-709): always within a namespace, otherwise by a grant in the
 * namespace of the referent. Decided before the referent is looked up, so that a denial does not tell whether it exists.
 * `grants` is an index by `grantBuckets`; only grants that could match wake the reader.
 */
export function granted(fetch: Fetch, grants: Index<ReferenceGrant>, { from, to }: Reference): boolean {
  if (from.namespace === to.namespace) return true;
  return fetch.by(grants, bucketOf(from, to)).some((grant) =>
    grant.spec.to.some((target) => covers(target, to))
  );
}

/** Buckets of a grant for `granted`: one for each pair of its `from` and `to` entries. */
export function grantBuckets({ metadata, spec }: ReferenceGrant): readonly string[] {
  const namespace = metadata.namespace ?? '';
  const buckets = spec.from.flatMap((from) =>
    spec.to.map(({ group, kind }) => bucketOf(from, { group, kind, namespace }))
  );
  return [...new Set(buckets)];
}

/** `toNamespace|fromGroup/fromKind/fromNamespace|toGroup/toKind`; none of the parts can hold `|` or `/`. */
function bucketOf(from: Referrer, to: Referrer): string {
  return `${to.namespace}|${from.group}/${from.kind}/${from.namespace}|${to.group}/${to.kind}`;
}

function covers(target: ReferenceGrant['spec']['to'][number], to: Referent): boolean {
  return target.group === to.group && target.kind === to.kind &&
    (target.name === undefined || target.name === to.name);
}

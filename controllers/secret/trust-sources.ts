import type { ClusterTrustBundle } from '../../lib/api/cluster-trust-bundle.ts';
import type { ConfigMap } from '../../lib/api/config-map.ts';
import { keyOf } from '../../lib/api/object.ts';
import type { Secret } from '../../lib/api/secret.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { InstalledDefinition } from '../flow.ts';
import type { Settings } from '../settings.ts';
import type { TrustSource } from './trust-anchors.ts';

/** The kinds that may hold trust anchors. */
export interface TrustReads {
  readonly settings: Settings;
  readonly secrets: Collection<Secret>;
  readonly configMaps: Collection<ConfigMap>;
  readonly clusterTrustBundles: Collection<ClusterTrustBundle>;
  /** Kubernetes mode: the kinds that there are. */
  readonly installed: Collection<InstalledDefinition>;
}

export function isTrustBundle({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>): boolean {
  return group === 'certificates.k8s.io' && kind === 'ClusterTrustBundle';
}

/** Whether trust anchors may be in an object of this kind; clusters need not have ClusterTrustBundles (GEP-5075). */
export function mayHoldTrust(
  source: Pick<ObjectRef, 'group' | 'kind'>,
  fetch: Fetch,
  { settings, installed }: TrustReads,
): boolean {
  if (!isTrustBundle(source)) return source.group === '' && ['ConfigMap', 'Secret'].includes(source.kind);
  return settings.mode === 'standalone' || fetch.one(installed, source.kind) !== undefined;
}

/** An object of a kind that may hold trust anchors, if it exists. */
export function trustSource(source: ObjectRef, fetch: Fetch, reads: TrustReads): TrustSource | undefined {
  if (isTrustBundle(source)) return fetch.one(reads.clusterTrustBundles, source.name);
  return source.kind === 'Secret'
    ? fetch.one(reads.secrets, keyOf(source))
    : fetch.one(reads.configMaps, keyOf(source));
}

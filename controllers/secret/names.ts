import type { ObjectRef } from '../../lib/model/mod.ts';
import type { LegacyAnchors } from './legacy-trust.ts';

/** SDS name of the key pair in a Secret: `certificate/namespace/name`. */
export function certificateName({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return `certificate/${namespace}/${name}`;
}

/** SDS name of trust anchors from the given objects, in order: `trust/Kind/namespace/name`, joined by commas; a ClusterTrustBundle has no namespace. */
export function trustName(sources: readonly ObjectRef[]): string {
  return `trust/${sources.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).join(',')}`;
}

const LEGACY_CA = { alone: 'CA', 'with-pair': 'Root' } as const;
const CRL = 'CRL';
const SECRETS: ReadonlySet<string> = new Set([...Object.values(LEGACY_CA), CRL]);

/** SDS name of the trust anchors of a legacy resource, with the list of what they do not vouch for any more. */
export function legacyTrustName(
  source: Pick<ObjectRef, 'namespace' | 'name'>,
  { where, revocations }: {
    readonly where: LegacyAnchors;
    readonly revocations: Pick<ObjectRef, 'namespace' | 'name'> | undefined;
  },
): string {
  const name = `trust/${LEGACY_CA[where]}/${source.namespace}/${source.name}`;
  return revocations === undefined ? name : `${name},${CRL}/${revocations.namespace}/${revocations.name}`;
}

/** The objects behind an SDS name. */
export function sourcesOfName(sds: string): readonly ObjectRef[] {
  if (sds.startsWith('certificate/')) {
    const [, namespace = '', name = ''] = sds.split('/');
    return [{ group: '', kind: 'Secret', namespace, name }];
  }
  return sds.slice('trust/'.length).split(',').map((source) => {
    const [written = '', namespace = '', name = ''] = source.split('/');
    const kind = SECRETS.has(written) ? 'Secret' : written;
    return { group: kind === 'ClusterTrustBundle' ? 'certificates.k8s.io' : '', kind, namespace, name };
  });
}

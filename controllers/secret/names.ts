import type { ObjectRef } from '../../lib/model/mod.ts';

/** SDS name of the key pair in a Secret: `certificate/namespace/name`. */
export function certificateName({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return `certificate/${namespace}/${name}`;
}

/** SDS name of trust anchors from the given objects, in order: `trust/Kind/namespace/name`, joined by commas; a ClusterTrustBundle has no namespace. */
export function trustName(sources: readonly ObjectRef[]): string {
  return `trust/${sources.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).join(',')}`;
}

const LEGACY_CA = 'CA';
const CRL = 'CRL';

/** SDS name of the trust anchors of a legacy resource, with the list of what they do not vouch for any more. */
export function legacyTrustName(
  source: Pick<ObjectRef, 'namespace' | 'name'>,
  revocations: Pick<ObjectRef, 'namespace' | 'name'> | undefined,
): string {
  const name = `trust/${LEGACY_CA}/${source.namespace}/${source.name}`;
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
    const kind = written === LEGACY_CA || written === CRL ? 'Secret' : written;
    return { group: kind === 'ClusterTrustBundle' ? 'certificates.k8s.io' : '', kind, namespace, name };
  });
}

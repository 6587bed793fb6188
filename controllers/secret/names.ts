import type { ObjectRef } from '../../lib/model/mod.ts';

/** SDS name of the key pair in a Secret: `certificate/namespace/name`. */
export function certificateName({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return `certificate/${namespace}/${name}`;
}

/** SDS name of trust anchors from the given objects, in order: `trust/Kind/namespace/name`, joined by commas; a ClusterTrustBundle has no namespace. */
export function trustName(sources: readonly ObjectRef[]): string {
  return `trust/${sources.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).join(',')}`;
}

/** The objects behind an SDS name. */
export function sourcesOfName(sds: string): readonly ObjectRef[] {
  if (sds.startsWith('certificate/')) {
    const [, namespace = '', name = ''] = sds.split('/');
    return [{ group: '', kind: 'Secret', namespace, name }];
  }
  return sds.slice('trust/'.length).split(',').map((source) => {
    const [kind = '', namespace = '', name = ''] = source.split('/');
    return { group: kind === 'ClusterTrustBundle' ? 'certificates.k8s.io' : '', kind, namespace, name };
  });
}

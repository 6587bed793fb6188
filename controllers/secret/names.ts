import type { ObjectRef } from '../../lib/model/mod.ts';

/** SDS name of the key pair in a Secret: `certificate/namespace/name`. */
export function certificateName({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return `certificate/${namespace}/${name}`;
}

/** SDS name of trust anchors from the given objects, in order: `trust/Kind/namespace/name`, joined by commas. */
export function trustName(sources: readonly ObjectRef[]): string {
  return `trust/${sources.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).join(',')}`;
}

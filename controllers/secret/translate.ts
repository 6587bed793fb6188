import type { ConfigMap } from '../../lib/api/config-map.ts';
import type { Secret } from '../../lib/api/secret.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef, Secret as SdsSecret } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { keyPairOf } from './key-pair.ts';
import { isFlaw } from './pem.ts';
import { trustAnchorsOf } from './trust-anchors.ts';

export interface SecretReads {
  readonly secrets: Collection<Secret>;
  readonly configMaps: Collection<ConfigMap>;
}

/** What proxies get by SDS for a use; undefined if an object is gone or broken, which whoever refers to it reports. */
export function translateSecret(use: SecretUse, fetch: Fetch, reads: SecretReads): SdsSecret | undefined {
  return use.type === 'certificate' ? certificate(use, fetch, reads) : trust(use, fetch, reads);
}

function certificate({ name, sources }: SecretUse, fetch: Fetch, reads: SecretReads): SdsSecret | undefined {
  const [source] = sources;
  const secret = source && fetch.one(reads.secrets, `${source.namespace}/${source.name}`);
  const pair = secret && keyPairOf(secret);
  if (pair === undefined || isFlaw(pair)) return undefined;
  return { key: name, type: 'certificate', chain: pair.chain, privateKey: pair.privateKey };
}

function trust({ name, sources }: SecretUse, fetch: Fetch, reads: SecretReads): SdsSecret | undefined {
  const bundles: string[] = [];
  for (const source of sources) {
    const object = objectOf(source, fetch, reads);
    const anchors = object && trustAnchorsOf(object);
    // Fewer anchors than were asked for would still be safe, but not what any verdict says.
    if (anchors === undefined || isFlaw(anchors)) return undefined;
    bundles.push(anchors.pem);
  }
  return bundles.length === 0 ? undefined : { key: name, type: 'trust', bundle: bundles.join('') };
}

function objectOf(
  { kind, namespace, name }: ObjectRef,
  fetch: Fetch,
  reads: SecretReads,
): ConfigMap | Secret | undefined {
  const key = `${namespace}/${name}`;
  return kind === 'Secret' ? fetch.one(reads.secrets, key) : fetch.one(reads.configMaps, key);
}

import type { Fetch } from '../../lib/graph/types.ts';
import type { Secret } from '../../lib/api/secret.ts';
import type { ObjectRef, Secret as SdsSecret } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { keyPairOf } from './key-pair.ts';
import { legacyAnchorsOf, revocationsOf } from './legacy-trust.ts';
import { isFlaw } from './pem.ts';
import { trustAnchorsOf } from './trust-anchors.ts';
import { type TrustReads, trustSource } from './trust-sources.ts';

/** What proxies get by SDS for a use; undefined if an object is gone or broken, which whoever refers to it reports. */
export function translateSecret(use: SecretUse, fetch: Fetch, reads: TrustReads): SdsSecret | undefined {
  return use.type === 'certificate' ? certificate(use, fetch, reads) : trust(use, fetch, reads);
}

/** Without the list that was asked for, nobody is vouched for. */
function legacyTrust(
  { name, sources: [source], revocations, legacy = 'alone' }: SecretUse,
  fetch: Fetch,
  { secrets }: TrustReads,
): SdsSecret | undefined {
  const find = (of: ObjectRef | undefined): Secret | undefined =>
    of && fetch.one(secrets, `${of.namespace}/${of.name}`);
  const secret = find(source);
  const anchors = secret && legacyAnchorsOf(secret, legacy);
  if (anchors === undefined || isFlaw(anchors)) return undefined;
  const trust = { key: name, type: 'trust', bundle: anchors.pem } as const;
  if (revocations === undefined) return trust;
  const listing = find(revocations);
  const revoked = listing && revocationsOf(listing);
  return revoked === undefined || isFlaw(revoked) ? undefined : { ...trust, revoked: revoked.pem };
}

function certificate({ name, sources }: SecretUse, fetch: Fetch, reads: TrustReads): SdsSecret | undefined {
  const [source] = sources;
  const secret = source && fetch.one(reads.secrets, `${source.namespace}/${source.name}`);
  const pair = secret && keyPairOf(secret);
  if (pair === undefined || isFlaw(pair)) return undefined;
  return { key: name, type: 'certificate', chain: pair.chain, privateKey: pair.privateKey };
}

function trust(use: SecretUse, fetch: Fetch, reads: TrustReads): SdsSecret | undefined {
  const { name, sources } = use;
  if (use.legacy !== undefined) return legacyTrust(use, fetch, reads);
  const bundles: string[] = [];
  for (const source of sources) {
    const object = trustSource(source, fetch, reads);
    const anchors = object && trustAnchorsOf(object);
    // Fewer anchors than were asked for would still be safe, but not what any verdict says.
    if (anchors === undefined || isFlaw(anchors)) return undefined;
    bundles.push(anchors.pem);
  }
  return bundles.length === 0 ? undefined : { key: name, type: 'trust', bundle: bundles.join('') };
}

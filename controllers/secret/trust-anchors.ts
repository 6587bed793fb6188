import type { ClusterTrustBundle } from '../../lib/api/cluster-trust-bundle.ts';
import type { ConfigMap } from '../../lib/api/config-map.ts';
import type { Secret } from '../../lib/api/secret.ts';
import { type Certificates, decodeBase64, type Flaw, readCertificates } from './pem.ts';

/** What may hold trust anchors. */
export type TrustSource = ConfigMap | Secret | ClusterTrustBundle;

const checked = new WeakMap<TrustSource, Certificates | Flaw>();

/** The CA certificates in `ca.crt` of a ConfigMap or Secret, or in a ClusterTrustBundle, each of which parses. */
export function trustAnchorsOf(object: TrustSource): Certificates | Flaw {
  const known = checked.get(object);
  if (known !== undefined) return known;
  const field = object.kind === 'ClusterTrustBundle' ? 'spec.trustBundle' : 'data["ca.crt"]';
  const text = bundleOf(object);
  const result = text === undefined ? { field, problem: 'is missing' } : readCertificates(text, field);
  checked.set(object, result);
  return result;
}

function bundleOf(object: TrustSource): string | undefined {
  if (object.kind === 'ClusterTrustBundle') return object.spec.trustBundle;
  if (object.kind === 'ConfigMap' && object.data['ca.crt'] !== undefined) return object.data['ca.crt'];
  const encoded = (object.kind === 'ConfigMap' ? object.binaryData : object.data)['ca.crt'];
  return encoded === undefined ? undefined : decodeBase64(encoded);
}

import type { ConfigMap } from '../../lib/api/config-map.ts';
import type { Secret } from '../../lib/api/secret.ts';
import { type Certificates, decodeBase64, type Flaw, readCertificates } from './pem.ts';

const field = 'data["ca.crt"]';

const checked = new WeakMap<ConfigMap | Secret, Certificates | Flaw>();

/** The CA certificates in `ca.crt` of a ConfigMap or Secret, each of which parses. */
export function trustAnchorsOf(object: ConfigMap | Secret): Certificates | Flaw {
  const known = checked.get(object);
  if (known !== undefined) return known;
  const text = bundleOf(object);
  const result = text === undefined ? { field, problem: 'is missing' } : readCertificates(text, field);
  checked.set(object, result);
  return result;
}

function bundleOf(object: ConfigMap | Secret): string | undefined {
  if (object.kind === 'ConfigMap' && object.data['ca.crt'] !== undefined) return object.data['ca.crt'];
  const encoded = (object.kind === 'ConfigMap' ? object.binaryData : object.data)['ca.crt'];
  return encoded === undefined ? undefined : decodeBase64(encoded);
}

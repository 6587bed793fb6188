import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';

import type { Secret } from '../../lib/api/secret.ts';
import { decodeBase64, entryOf, type Flaw, isFlaw, pemBlocks, readCertificates } from './pem.ts';

/** A certificate chain with the private key of its first certificate, as proxies take them. */
export interface KeyPair {
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM. */
  readonly privateKey: string;
  /** Validity of the leaf, ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** OpenSSL's names of P-256, P-384 and P-521: what Envoy takes. */
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

// Secrets are immutable values, so each is checked once however often its readers are computed again.
const checked = new WeakMap<Secret, KeyPair | Flaw>();

/**
 * The key pair in `tls.crt` and `tls.key` of a Secret, or under Istio's names, checked as far as Envoy would: each
 * certificate parses, and the key is of a supported kind and fits the first certificate. Times are not checked, since
 * validity depends on a clock.
 */
export function keyPairOf(secret: Secret): KeyPair | Flaw {
  const known = checked.get(secret);
  if (known !== undefined) return known;
  const result = check(secret);
  checked.set(secret, result);
  return result;
}

function check({ data }: Secret): KeyPair | Flaw {
  const [certificate, certificateField] = entryOf(data, ['tls.crt', 'cert-chain.pem']);
  const [key, keyField] = entryOf(data, ['tls.key', 'key.pem']);
  if (certificate === undefined) return { field: certificateField, problem: 'is missing' };
  if (key === undefined) return { field: keyField, problem: 'is missing' };
  const chain = readCertificates(decodeBase64(certificate), certificateField);
  if (isFlaw(chain)) return chain;
  const [leaf] = chain.certificates;
  const [privateKey, ...more] = pemBlocks(decodeBase64(key), 'PRIVATE KEY');
  if (leaf === undefined || privateKey === undefined) {
    return { field: keyField, problem: 'holds no PEM private key' };
  }
  if (more.length > 0) return { field: keyField, problem: 'holds more than one private key' };
  const unsupported = unsupportedKey(leaf.publicKey);
  if (unsupported !== undefined) return { field: certificateField, problem: unsupported };
  const flaw = keyFlaw(leaf, privateKey, certificateField);
  if (flaw !== undefined) return { field: keyField, problem: flaw };
  const [notBefore, notAfter] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  return { chain: chain.pem, privateKey: `${privateKey}\n`, notBefore, notAfter };
}

/** Envoy refuses other keys (`TlsCertificate`). */
function unsupportedKey(
  { asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject,
): string | undefined {
  if (type === 'rsa') {
    const { modulusLength = 0 } = details;
    return modulusLength >= 2048
      ? undefined
      : `has an RSA key of ${modulusLength} bits; at least 2048 are needed`;
  }
  if (type === 'ec') {
    const { namedCurve = '' } = details;
    return curves.has(namedCurve)
      ? undefined
      : `has a key on the curve ${namedCurve}; use P-256, P-384 or P-521`;
  }
  return type === 'ed25519' ? undefined : `has a key of type ${type ?? 'unknown'}; use RSA, ECDSA or Ed25519`;
}

function keyFlaw(leaf: X509Certificate, pem: string, certificateField: string): string | undefined {
  if (pem.includes('ENCRYPTED')) return 'is encrypted; proxies need a key without a passphrase';
  try {
    const key = createPrivateKey(pem);
    return leaf.checkPrivateKey(key) ? undefined : `does not fit the certificate in ${certificateField}`;
  } catch {
    return 'holds a broken private key';
  }
}

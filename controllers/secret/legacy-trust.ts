import type { Secret } from '../../lib/api/secret.ts';
import { type Certificates, decodeBase64, entryOf, type Flaw, readCertificates } from './pem.ts';

/** Where the CA certificates of a legacy resource are: `ca_secret` names a Secret for them alone, or they come with a key pair. */
export type LegacyAnchors = 'alone' | 'with-pair';

const ROOT = 'root-cert.pem';
const FILES = {
  // Never the root of an authority that is there itself: that would vouch for more.
  alone: ['tls.crt', 'cert-chain.pem', 'ca.crt'],
  'with-pair': [ROOT],
} as const;
const anchors = {
  alone: new WeakMap<Secret, Certificates | Flaw>(),
  'with-pair': new WeakMap<Secret, Certificates | Flaw>(),
};

/** The CA certificates of a legacy resource, in whatever entry of a Secret its own users had them. */
export function legacyAnchorsOf(secret: Secret, where: LegacyAnchors): Certificates | Flaw {
  let found = anchors[where].get(secret);
  if (found === undefined) {
    const [encoded, field] = entryOf(secret.data, FILES[where]);
    found = encoded === undefined
      ? { field, problem: 'is missing' }
      : readCertificates(decodeBase64(encoded), field);
    anchors[where].set(secret, found);
  }
  return found;
}

/** Whether a Secret with a key pair also says whom to trust, as Istio's do. */
export function hasRoot({ data }: Secret): boolean {
  return data[ROOT] !== undefined;
}

/** Whether clients must show a certificate, which up to 0.39 the Secret of their authorities said. */
export function requiresCertificates({ data: { cert_required: encoded } }: Secret): boolean {
  return encoded !== undefined && decodeBase64(encoded).trim().toLowerCase() === 'true';
}

const LIST = /^-----BEGIN X509 CRL-----\s+[A-Za-z0-9+/=\s]+-----END X509 CRL-----\s*/;

/** The lists of revoked certificates in `crl.pem` of a Secret; whether they are what they say is for Envoy to find. */
export function revocationsOf({ data }: Secret): { readonly pem: string } | Flaw {
  const field = 'data["crl.pem"]';
  const encoded = data['crl.pem'];
  if (encoded === undefined) return { field, problem: 'is missing' };
  const pem = decodeBase64(encoded);
  let rest = pem.trim();
  if (rest === '') return { field, problem: 'is empty' };
  while (rest !== '') {
    const list = LIST.exec(rest)?.[0];
    if (list === undefined) return { field, problem: 'holds something else than X509 CRLs in PEM' };
    rest = rest.slice(list.length);
  }
  return { pem };
}

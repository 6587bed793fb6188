import type { Secret } from '../../lib/api/secret.ts';
import { type Certificates, decodeBase64, type Flaw, readCertificates } from './pem.ts';

const anchors = new WeakMap<Secret, Certificates | Flaw>();

/** The CA certificates of a legacy resource: in `ca.crt` of a Secret, or in its `tls.crt`, where its own users had them. */
export function legacyAnchorsOf(secret: Secret): Certificates | Flaw {
  let found = anchors.get(secret);
  if (found === undefined) {
    const file = secret.data['ca.crt'] === undefined && secret.data['tls.crt'] !== undefined
      ? 'tls.crt'
      : 'ca.crt';
    const field = `data["${file}"]`;
    const encoded = secret.data[file];
    found = encoded === undefined
      ? { field, problem: 'is missing' }
      : readCertificates(decodeBase64(encoded), field);
    anchors.set(secret, found);
  }
  return found;
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

import { createPrivateKey, X509Certificate } from 'node:crypto';

import { certificatesIn, type SecretData } from './secret-data.ts';

/** What somebody shows, and trusts. PEM texts. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
  readonly trust: string;
}

/** What a certificate's Secret holds, if it can be used at all: a certificate, its key, and roots. */
export function credentialsIn(data: SecretData): Credentials | undefined {
  const { 'tls.crt': certificate = '', 'tls.key': key = '', 'ca.crt': trust = '' } = data;
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return undefined;
    const roots = certificatesIn(trust);
    const areRoots = roots.map((root) => new X509Certificate(root).ca);
    return areRoots.length > 0 && areRoots.every(Boolean) ? { certificate, key, trust } : undefined;
  } catch {
    return undefined;
  }
}

/** Roots that are trusted, by their PEM texts. */
export function rootsOf({ trust }: Pick<Credentials, 'trust'>): ReadonlyMap<string, X509Certificate> {
  return new Map(certificatesIn(trust).map((pem) => [pem, new X509Certificate(pem)]));
}

/**
 * Whether any root is trusted by both. If not, the authority was replaced at once, as after its key became known to others,
 * and whoever was let in before is a stranger now.
 */
export function shareTrust(a: Credentials, b: Credentials): boolean {
  const roots = new Set(certificatesIn(a.trust));
  return certificatesIn(b.trust).some((root) => roots.has(root));
}

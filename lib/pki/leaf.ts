import { createPrivateKey, X509Certificate } from 'node:crypto';

import { type Authority, bundleOf } from './authority.ts';
import { type Identity, isFor } from './identity.ts';
import { RENEWED_AT } from './lifetimes.ts';
import { certificatesIn, type SecretData } from './secret-data.ts';

/** Why a Secret's certificate has to be issued again. */
export type LeafFault =
  /** There is no Secret. */
  | 'missing'
  /** It holds no certificate with its key. */
  | 'broken'
  /** It is for somebody else. */
  | 'identity'
  /** The current root did not sign it. */
  | 'issuer'
  /** It does not come with exactly the roots that are trusted. */
  | 'trust'
  /** Its time has not come, ends soon, or is over. */
  | 'time';

interface Leaf {
  readonly certificate: X509Certificate;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The last root that was asked about, and whether it signed the leaf. */
  issuer?: { readonly certificate: string; readonly signed: boolean };
}

const read = new WeakMap<SecretData, Leaf | 'broken'>();

export interface LeafContext {
  readonly authority: Authority;
  readonly identity: Identity;
  /** ms since the epoch. */
  readonly now: number;
}

/** What is wrong with a certificate's Secret; undefined if it will do until `renewalOf` it. */
export function leafFault(
  data: SecretData | undefined,
  { authority, identity, now }: LeafContext,
): LeafFault | undefined {
  if (data === undefined) return 'missing';
  const leaf = leafOf(data);
  if (leaf === 'broken') return 'broken';
  if (!isFor(identity, leaf.certificate)) return 'identity';
  if (!isSignedBy(leaf, authority.current.certificate)) return 'issuer';
  if (data['ca.crt'] !== bundleOf(authority)) return 'trust';
  return now < leaf.notBefore || now >= renewal(leaf) ? 'time' : undefined;
}

/** When a certificate is to be issued again, ms since the epoch; undefined for none. */
export function renewalOf(data: SecretData): number | undefined {
  const leaf = leafOf(data);
  return leaf === 'broken' ? undefined : renewal(leaf);
}

function renewal({ notBefore, notAfter }: Leaf): number {
  return notBefore + (notAfter - notBefore) * RENEWED_AT;
}

function leafOf(data: SecretData): Leaf | 'broken' {
  const known = read.get(data);
  if (known !== undefined) return known;
  const leaf = parse(data) ?? 'broken';
  read.set(data, leaf);
  return leaf;
}

function parse(data: SecretData): Leaf | undefined {
  const [pem, ...more] = certificatesIn(data['tls.crt'] ?? '');
  if (pem === undefined || more.length > 0) return undefined;
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(data['tls.key'] ?? ''))) return undefined;
    return {
      certificate,
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
    };
  } catch {
    return undefined;
  }
}

function isSignedBy(leaf: Leaf, root: string): boolean {
  const known = leaf.issuer;
  if (known?.certificate === root) return known.signed;
  const signed = leaf.certificate.verify(new X509Certificate(root).publicKey);
  leaf.issuer = { certificate: root, signed };
  return signed;
}

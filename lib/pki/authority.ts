import { createPrivateKey, X509Certificate } from 'node:crypto';

import { certificatesIn, isSameData, type SecretData } from './secret-data.ts';

/** A root that can sign. PEM texts. */
export interface Root {
  readonly certificate: string;
  readonly key: string;
  /** ms since the epoch. */
  readonly notAfter: number;
}

/**
 * The roots of an installation. What is signed is signed by the current one; all are trusted. `settledSince` says since when
 * every certificate has been signed by the current root and has come with all that are trusted, ms since the epoch; it is
 * noted only while there is more than one.
 */
export interface Authority {
  readonly current: Root;
  /** Trusted already, so that it can be the current one later. */
  readonly next?: Root | undefined;
  /** Certificates of roots that sign no more but are trusted still. */
  readonly previous: readonly string[];
  readonly settledSince?: number | undefined;
}

const SETTLED = 'settled-since';

/** Reads the authority's Secret. Undefined if it holds no root that can sign at the time `now`, ms since the epoch. */
export function readAuthority(data: SecretData, now: number): Authority | undefined {
  const current = readRoot(data['tls.crt'], data['tls.key']);
  const next = readRoot(data['next.crt'], data['next.key']);
  const signing = current ?? next;
  if (signing === undefined || ![current, next].some((root) => root !== undefined && root.notAfter > now)) {
    return undefined;
  }
  const ofKeys = new Set([current?.certificate, next?.certificate]);
  const previous = certificatesIn(data['ca.crt'] ?? '').filter((certificate) =>
    !ofKeys.has(certificate) && isTrustable(certificate, now)
  );
  const settledSince = Date.parse(data[SETTLED] ?? '');
  return {
    current: signing,
    ...(next === undefined || next === signing ? {} : { next }),
    previous,
    ...(Number.isNaN(settledSince) ? {} : { settledSince }),
  };
}

/** What the Secret of an authority holds. */
export function authorityData(authority: Authority): SecretData {
  const { current, next, settledSince } = authority;
  return {
    'tls.crt': current.certificate,
    'tls.key': current.key,
    'ca.crt': bundleOf(authority),
    ...(next === undefined ? {} : { 'next.crt': next.certificate, 'next.key': next.key }),
    ...(settledSince === undefined ? {} : { [SETTLED]: new Date(settledSince).toISOString() }),
  };
}

/** Whether a Secret holds this authority and nothing else. */
export function holdsExactly(data: SecretData, authority: Authority): boolean {
  return isSameData(data, authorityData(authority));
}

/** All certificates that are trusted, as PEM. */
export function bundleOf({ current, next, previous }: Authority): string {
  return [current.certificate, ...(next === undefined ? [] : [next.certificate]), ...previous].join('');
}

function readRoot(certificate: string | undefined, key: string | undefined): Root | undefined {
  const [pem, ...more] = certificatesIn(certificate ?? '');
  if (pem === undefined || more.length > 0 || key === undefined) return undefined;
  try {
    const root = new X509Certificate(pem);
    if (!isRoot(root) || !root.checkPrivateKey(createPrivateKey(key))) return undefined;
    return { certificate: pem, key, notAfter: Date.parse(root.validTo) };
  } catch {
    return undefined;
  }
}

function isTrustable(pem: string, now: number): boolean {
  try {
    const root = new X509Certificate(pem);
    return isRoot(root) && Date.parse(root.validTo) > now;
  } catch {
    return false;
  }
}

function isRoot(certificate: X509Certificate): boolean {
  return certificate.ca && certificate.verify(certificate.publicKey);
}

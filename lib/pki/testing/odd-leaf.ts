// @peculiar/x509 looks its parts up by decorators, which need this first.
import 'reflect-metadata';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey } from 'node:crypto';
import type { Root } from '../authority.ts';
import type { IssuedLeaf } from '../issue.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hour = 60 * 60 * 1_000;

export interface OddLeaf {
  readonly names: readonly JsonGeneralName[];
  /** What it is for; by default what those of proxies are for. */
  readonly use?: 'client' | 'server';
  /** How long it lasts from an hour ago, ms. */
  readonly lasts?: number;
}

/** A certificate that a root would not sign for a proxy if nobody had its key but the controllers. */
export async function oddLeaf(
  root: Root,
  { names, use = 'client', lasts = 2 * hour }: OddLeaf,
): Promise<IssuedLeaf> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pkcs8 = createPrivateKey(root.key).export({ type: 'pkcs8', format: 'der' });
  const begins = Date.now() - hour;
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: ['odd'] }],
    issuer: new X509Certificate(root.certificate).subjectName,
    notBefore: new Date(begins),
    notAfter: new Date(begins + lasts),
    signingAlgorithm: algorithm,
    signingKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign']),
    publicKey: keys.publicKey,
    extensions: [
      new ExtendedKeyUsageExtension([
        use === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth,
      ]),
      new SubjectAlternativeNameExtension([...names]),
    ],
  }, crypto);
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  };
}

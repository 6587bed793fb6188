// @peculiar/x509 looks its parts up by decorators, which need this first.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey, randomBytes } from 'node:crypto';

import type { Root } from './authority.ts';
import { type Identity, namesOf } from './identity.ts';
import type { Lifetimes } from './lifetimes.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface IssueOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly lifetimes: Lifetimes;
}

/** A new root: one that signs leaves, and nothing that could sign others. */
export async function newRoot({ now, lifetimes }: IssueOptions): Promise<Root> {
  const keys = await newKeys();
  const notAfter = seconds(now + lifetimes.root);
  // Roots that are trusted at the same time have different names, so that nobody tries the wrong one.
  const name = [{ O: ['Dragoman'] }, { CN: [`Dragoman xDS CA ${randomBytes(4).toString('hex')}`] }];
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    notBefore: new Date(now - lifetimes.rootBackdate),
    notAfter: new Date(notAfter),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
    ],
  }, crypto);
  return {
    certificate: pem('CERTIFICATE', certificate.rawData),
    key: await privateKeyPem(keys),
    notAfter,
  };
}

/** PEM texts. */
export interface IssuedLeaf {
  readonly certificate: string;
  readonly key: string;
}

/** A new certificate with a new key. It ends before its root does. */
export async function newLeaf(
  root: Root,
  { identity, now, lifetimes }: IssueOptions & { readonly identity: Identity },
): Promise<IssuedLeaf> {
  const [keys, issuer] = await Promise.all([newKeys(), issuerOf(root)]);
  const isController = 'controllerIn' in identity;
  const certificate = await X509CertificateGenerator.create({
    // Names that count are the alternative ones: this one is for people, and too short for those of Gateways.
    subject: [{ O: ['Dragoman'] }, { CN: [isController ? 'Dragoman controller' : 'Dragoman proxy'] }],
    issuer: issuer.name,
    notBefore: new Date(now - lifetimes.leafBackdate),
    notAfter: new Date(Math.min(now + lifetimes.leaf, root.notAfter)),
    signingAlgorithm: algorithm,
    signingKey: issuer.key,
    publicKey: keys.publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      // Controllers are clients of each other.
      new ExtendedKeyUsageExtension(
        isController
          ? [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]
          : [ExtendedKeyUsage.clientAuth],
      ),
      new SubjectAlternativeNameExtension(
        namesOf(identity).map(({ type, value }): JsonGeneralName =>
          type === 'dns' ? { type, value } : { type: 'url', value }
        ),
      ),
      issuer.identifier,
    ],
  }, crypto);
  return { certificate: pem('CERTIFICATE', certificate.rawData), key: await privateKeyPem(keys) };
}

/** What leaves say of the root that signs them, and what signs them. */
interface Issuer {
  readonly name: X509Certificate['subjectName'];
  readonly identifier: AuthorityKeyIdentifierExtension;
  readonly key: Awaited<ReturnType<typeof importKey>>;
}

/** Of the last root that was asked for: thousands of leaves are signed by the same. */
let known: { readonly root: Root; readonly issuer: Promise<Issuer> } | undefined;

function issuerOf(root: Root): Promise<Issuer> {
  if (known?.root.certificate !== root.certificate || known.root.key !== root.key) {
    known = { root, issuer: readIssuer(root) };
  }
  return known.issuer;
}

async function readIssuer({ certificate, key }: Root): Promise<Issuer> {
  const { subjectName: name, publicKey } = new X509Certificate(certificate);
  const identifier = await AuthorityKeyIdentifierExtension.create(publicKey, false, crypto);
  return { name, identifier, key: await importKey(key) };
}

/** Both runtimes have the type, under different names. */
type Keys = Awaited<ReturnType<typeof newKeys>>;

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importKey(text: string) {
  const pkcs8 = createPrivateKey(text).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign']);
}

async function privateKeyPem({ privateKey }: Keys): Promise<string> {
  return pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', privateKey));
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Certificates have whole seconds. */
function seconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';

import type { Root } from './authority.ts';
import {
  bitString,
  boolean,
  identifier,
  integer,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
  value,
  valuesIn,
} from './der.ts';
import { type Identity, type Name, namesOf } from './identity.ts';
import type { Lifetimes } from './lifetimes.ts';

export interface IssueOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly lifetimes: Lifetimes;
}

/** A new root: one that signs leaves, and nothing that could sign others. */
export async function newRoot({ now, lifetimes }: IssueOptions): Promise<Root> {
  const { publicKey, privateKey } = await newKeys();
  const notAfter = seconds(now + lifetimes.root);
  // Roots that are trusted at the same time have different names, so that nobody tries the wrong one.
  const name = nameOf(`Dragoman xDS CA ${randomBytes(4).toString('hex')}`);
  const certificate = signed(privateKey, {
    issuer: name,
    subject: name,
    notBefore: now - lifetimes.rootBackdate,
    notAfter,
    publicKey,
    extensions: [
      critical(BASIC_CONSTRAINTS, sequence(boolean(true), integer(Buffer.of(0)))),
      critical(KEY_USAGE, bitString(Buffer.of(KEY_CERT_SIGN | CRL_SIGN), 1)),
      extension(SUBJECT_KEY, octetString(keyId(publicKey))),
    ],
  });
  return { certificate, key: pkcs8(privateKey), notAfter };
}

/** PEM texts. */
export interface IssuedLeaf {
  readonly certificate: string;
  readonly key: string;
}

export interface LeafOptions extends IssueOptions {
  readonly identity: Identity;
}

/** A new certificate with a new key. It ends before its root does. */
export async function newLeaf(root: Root, { identity, now, lifetimes }: LeafOptions): Promise<IssuedLeaf> {
  const isController = 'controllerIn' in identity;
  return await leafOf(root, {
    // Names that count are the alternative ones: this one is for people, and too short for those of Gateways.
    commonName: isController ? 'Dragoman controller' : 'Dragoman proxy',
    names: namesOf(identity),
    // Controllers are clients of each other.
    uses: isController ? ['server', 'client'] : ['client'],
    notBefore: now - lifetimes.leafBackdate,
    notAfter: now + lifetimes.leaf,
  });
}

/** What a leaf says. */
export interface LeafContent {
  readonly commonName: string;
  readonly names: readonly Name[];
  readonly uses: readonly ('server' | 'client')[];
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export async function leafOf(
  root: Root,
  { commonName, names, uses, notBefore, notAfter }: LeafContent,
): Promise<IssuedLeaf> {
  const { publicKey, privateKey } = await newKeys();
  const issuer = issuerOf(root);
  const certificate = signed(issuer.key, {
    issuer: issuer.name,
    subject: nameOf(commonName),
    notBefore,
    notAfter: Math.min(notAfter, root.notAfter),
    publicKey,
    extensions: [
      critical(BASIC_CONSTRAINTS, sequence()),
      critical(KEY_USAGE, bitString(Buffer.of(DIGITAL_SIGNATURE), 7)),
      extension(EXTENDED_KEY_USAGE, sequence(...uses.map((use) => identifier(USES[use])))),
      extension(
        ALTERNATIVE_NAMES,
        sequence(...names.map(({ type, value: name }) => value(NAME_TAGS[type], Buffer.from(name)))),
      ),
      extension(AUTHORITY_KEY, sequence(value(0x80, keyId(createPublicKey(issuer.key))))),
    ],
  });
  return { certificate, key: pkcs8(privateKey) };
}

const ECDSA_SHA256 = sequence(identifier('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const ALTERNATIVE_NAMES = '2.5.29.17';
const SUBJECT_KEY = '2.5.29.14';
const AUTHORITY_KEY = '2.5.29.35';
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;
const CRL_SIGN = 0x02;
const USES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const NAME_TAGS = { dns: 0x82, uri: 0x86 } as const;

interface Content {
  /** Encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** Encoded. */
  readonly extensions: readonly Uint8Array[];
}

/** A certificate (RFC 5280), as PEM. */
function signed(
  key: KeyObject,
  { issuer, subject, notBefore, notAfter, publicKey, extensions }: Content,
): string {
  const serial = randomBytes(16);
  // Positive, and of the same length as all others.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const content = sequence(
    value(0xa0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    value(0xa3, sequence(...extensions)),
  );
  const lines = sequence(content, ECDSA_SHA256, bitString(sign('sha256', content, key)))
    .toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, content: Uint8Array): Buffer {
  return sequence(identifier(id), octetString(content));
}

/** One that whoever does not know it must not ignore. */
function critical(id: string, content: Uint8Array): Buffer {
  return sequence(identifier(id), boolean(true), octetString(content));
}

function nameOf(commonName: string): Buffer {
  const part = (id: string, text: string): Buffer => setOf(sequence(identifier(id), utf8String(text)));
  return sequence(part(ORGANIZATION, 'Dragoman'), part(COMMON_NAME, commonName));
}

/** How certificates tell keys apart: a hash of the key's bits, which are the last ones of its encoding. */
function keyId(publicKey: KeyObject): Buffer {
  const [, bits = Buffer.of()] = valuesIn(publicKey.export({ type: 'spki', format: 'der' }));
  return createHash('sha1').update(bits.subarray(3)).digest();
}

interface Issuer {
  /** Encoded, as the root says it. */
  readonly name: Buffer;
  readonly key: KeyObject;
}

function issuerOf({ certificate, key }: Root): Issuer {
  const [content = Buffer.of()] = valuesIn(new X509Certificate(certificate).raw);
  const [, , , , , name = Buffer.of()] = valuesIn(content);
  return { name, key: createPrivateKey(key) };
}

const generate = promisify(generateKeyPair);

function newKeys(): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  return generate('ec', { namedCurve: 'P-256' });
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Certificates have whole seconds. */
function seconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

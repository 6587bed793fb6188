// @peculiar/x509 looks its parts up by decorators, which need this first.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
} from '@peculiar/x509';
import { isIP } from 'node:net';

/** PEM texts. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /** DNS names, IP addresses and URIs. */
  readonly names?: readonly string[];
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1_000;

/** A certificate authority of one test. */
export class Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  readonly #certificate: X509Certificate;
  readonly #keys: Keys;

  private constructor(certificate: X509Certificate, keys: Keys) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.cert = pem('CERTIFICATE', certificate.rawData);
  }

  static async create(commonName: string): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [commonName] }],
      ...validity(),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    }, crypto);
    return new Authority(certificate, keys);
  }

  async issue({ commonName, organization, names = [] }: Subject): Promise<Pair> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }],
      issuer: this.#certificate.subjectName,
      ...validity(),
      signingAlgorithm: algorithm,
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(generalName))]),
      ],
    }, crypto);
    return {
      cert: pem('CERTIFICATE', certificate.rawData),
      key: pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    };
  }

  /** A list of the certificates that count no more, PEM. */
  async revoke(...pairs: readonly Pair[]): Promise<string> {
    const { notBefore: thisUpdate, notAfter: nextUpdate } = validity();
    const list = await X509CrlGenerator.create({
      issuer: this.#certificate.subjectName,
      thisUpdate,
      nextUpdate,
      signingAlgorithm: algorithm,
      signingKey: this.#keys.privateKey,
      entries: pairs.map(({ cert }) => ({
        serialNumber: new X509Certificate(cert).serialNumber,
        revocationDate: thisUpdate,
        // Without any extension the generator writes an empty list of them, which Envoy refuses.
        reason: X509CrlReason.superseded,
      })),
    }, crypto);
    return pem('X509 CRL', list.rawData);
  }
}

/** An Opaque Secret of texts as YAML. */
export function secret(name: string, texts: Readonly<Record<string, string>>): string {
  return `
---
apiVersion: v1
kind: Secret
metadata: { name: ${name} }
stringData: ${JSON.stringify(texts)}
`;
}

/** A Secret of type kubernetes.io/tls as YAML. */
export function tlsSecret(name: string, { cert, key }: Pair, namespace = 'default'): string {
  return `
---
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
type: kubernetes.io/tls
stringData:
  tls.crt: ${JSON.stringify(cert)}
  tls.key: ${JSON.stringify(key)}
`;
}

/** A ConfigMap with `ca.crt` as YAML. */
export function caConfigMap(name: string, cert: string, namespace = 'default'): string {
  return `
---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: ${namespace} }
data:
  ca.crt: ${JSON.stringify(cert)}
`;
}

/** A ClusterTrustBundle as YAML. */
export function trustBundle(name: string, cert: string): string {
  return `
---
apiVersion: certificates.k8s.io/v1
kind: ClusterTrustBundle
metadata: { name: ${JSON.stringify(name)} }
spec: { trustBundle: ${JSON.stringify(cert)} }
`;
}

/** Both runtimes have the type, under different names. */
type Keys = Awaited<ReturnType<typeof newKeys>>;

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY), notAfter: new Date(now + 30 * DAY) };
}

function generalName(value: string): JsonGeneralName {
  if (value.includes('://')) return { type: 'url', value };
  return { type: isIP(value) === 0 ? 'dns' : 'ip', value };
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

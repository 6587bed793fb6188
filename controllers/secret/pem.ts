import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';

/** What is wrong with one field of a Secret or ConfigMap. */
export interface Flaw {
  /** Path in the object, such as `data["tls.crt"]`. */
  readonly field: string;
  /** Completes a sentence that begins with the field: `holds no certificate`. Never quotes the content. */
  readonly problem: string;
}

export function isFlaw(value: object): value is Flaw {
  return 'problem' in value;
}

/** The first entry that a Secret has, and its path; the path of the first if it has none. */
export function entryOf(
  data: Readonly<Record<string, string>>,
  files: readonly [string, ...string[]],
): readonly [encoded: string | undefined, field: string] {
  const file = files.find((each) => data[each] !== undefined) ?? files[0];
  return [data[file], `data["${file}"]`];
}

/** The certificates of a PEM text, with nothing else that may stand in it. */
export interface Certificates {
  /** Not empty. */
  readonly certificates: readonly X509Certificate[];
  readonly pem: string;
}

/** Reads each certificate, so that nothing is sent that a proxy could not read. */
export function readCertificates(text: string, field: string): Certificates | Flaw {
  const blocks = pemBlocks(text, 'CERTIFICATE');
  if (blocks.length === 0) return { field, problem: 'holds no PEM certificate' };
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return { field, problem: `holds a broken certificate (number ${index + 1} of ${blocks.length})` };
    }
  }
  return { certificates, pem: `${blocks.join('\n')}\n` };
}

/** The PEM blocks of one label, such as `CERTIFICATE`, or of those that end with it, such as `RSA PRIVATE KEY`. */
export function pemBlocks(text: string, label: string): readonly string[] {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g);
  return [...blocks].filter(([, found = '']) => found === label || found.endsWith(` ${label}`)).map((
    [block],
  ) => block);
}

export function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

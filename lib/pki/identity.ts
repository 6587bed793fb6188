import { X509Certificate } from 'node:crypto';

/** Whom a certificate is for: a Gateway's proxies, or the controllers in a namespace. */
export type Identity =
  /** `namespace/name` */
  | { readonly gateway: string }
  | { readonly controllerIn: string };

/** Who shows a certificate. */
export type Caller = { readonly gateway: string } | { readonly controller: true };

export interface Name {
  readonly type: 'dns' | 'uri';
  readonly value: string;
}

const trustDomain = 'spiffe://dragoman.dev';
const controllerUri = `${trustDomain}/controller`;
/** The names of a controller's certificate, and nothing that others could add to theirs. */
const controllerNames = /^(DNS:[-.a-z0-9]+, )+URI:spiffe:\/\/dragoman\.dev\/controller$/;
const gatewayName = /^URI:spiffe:\/\/dragoman\.dev\/ns\/([-a-z0-9]+)\/gateway\/([-.a-z0-9]+)$/;

/** The name that proxies expect in the certificate of the controllers in a namespace: that of their Service. */
export function serverName(namespace: string): string {
  return `dragoman-xds.${namespace}.svc`;
}

/** The subject alternative names of an identity's certificates; proxies have this one alone. */
export function namesOf(identity: Identity): readonly Name[] {
  if ('gateway' in identity) {
    return [{ type: 'uri', value: `${trustDomain}/ns/${identity.gateway.replace('/', '/gateway/')}` }];
  }
  const service = serverName(identity.controllerIn);
  return [
    ...[service, `${service}.cluster.local`, 'dragoman-xds'].map((value): Name => ({ type: 'dns', value })),
    { type: 'uri', value: controllerUri },
  ];
}

/** Whether a certificate is for exactly this identity. */
export function isFor(identity: Identity, { subjectAltName }: X509Certificate): boolean {
  const names = namesOf(identity).map(({ type, value }) => `${type === 'dns' ? 'DNS' : 'URI'}:${value}`);
  return subjectAltName === names.join(', ');
}

/**
 * Whom a client certificate (DER), which the handshake has verified, names at the time `now`, ms since the epoch. Undefined
 * if it names nobody, or is not valid now: a connection may be older than the certificate that opened it lasts.
 */
export function callerOf(certificate: Uint8Array | undefined, now: number): Caller | undefined {
  if (certificate === undefined) return undefined;
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch {
    return undefined;
  }
  if (now < Date.parse(read.validFrom) || now > Date.parse(read.validTo)) return undefined;
  const names = read.subjectAltName ?? '';
  const [, namespace, name] = gatewayName.exec(names) ?? [];
  if (namespace !== undefined && name !== undefined) return { gateway: `${namespace}/${name}` };
  return controllerNames.test(names) ? { controller: true } : undefined;
}

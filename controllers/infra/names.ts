import { createHash } from 'node:crypto';

/** Of a Pod's name a ReplicaSet and the Pod itself add 17 characters, and all is a DNS label of 63 where it is a hostname. */
const MAX_NAME = 52;
const MAX_LABEL = 63;

/** A DNS label that begins with a letter, as names of Services must. */
const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** What of a Gateway decides the names of its objects. */
export interface NamedGateway {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly gatewayClassName: string };
}

/**
 * The name of a Gateway's objects, unique in its namespace: `NAME-CLASS` (GEP-1762) if that is a name for all of them and
 * cannot be another Gateway's, who may have the dash elsewhere; else that as far as it goes, and a hash.
 */
export function infraName({ metadata: { name }, spec: { gatewayClassName } }: NamedGateway): string {
  const plain = `${name}-${gatewayClassName}`;
  if (plain.length <= MAX_NAME && NAME.test(plain) && !gatewayClassName.includes('-')) return plain;
  const readable = plain.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const prefix = /^[a-z]/.test(readable) ? '' : 'gateway-';
  return hashed(`${prefix}${readable}`, { of: `${name}/${gatewayClassName}`, max: MAX_NAME });
}

/** The Secret with the certificate that a Gateway's proxies show to the xDS server. */
export function clientSecretName(gateway: NamedGateway): string {
  return `${infraName(gateway)}-xds`;
}

/** A name as the value of a label: shortened with a hash if it is too long. */
export function labelValue(name: string): string {
  return name.length <= MAX_LABEL ? name : hashed(name, { of: name, max: MAX_LABEL });
}

function hashed(text: string, { of, max }: { readonly of: string; readonly max: number }): string {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, 10);
  return `${text.slice(0, max - hash.length - 1).replace(/[^a-z0-9]+$/, '')}-${hash}`;
}

import { ServerCredentials } from '@grpc/grpc-js';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** What the server shows, and whose certificates it takes. PEM texts. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
  /** Roots that sign client certificates. */
  readonly trust: string;
}

/**
 * Mutual TLS that may be replaced while a server uses it: handshakes from then on are by the new identity, connections that
 * are open stay. Clients without a certificate that a trusted root signed for clients do not get through the handshake.
 */
export class ReplaceableCredentials extends ServerCredentials {
  constructor(identity: TlsIdentity) {
    super({ requestCert: true, rejectUnauthorized: true }, contextOf(identity));
  }

  /** Throws, and goes on with the old one, if the texts are no certificate, key and roots. */
  replace(identity: TlsIdentity): void {
    const context = contextOf(identity);
    this.updateSecureContextOptions(context);
  }

  /** Whether both may be used for one port. */
  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf({ certificate, key, trust }: TlsIdentity): SecureContextOptions {
  // With what it cannot use a server would refuse everybody.
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key is not that of the certificate');
  }
  if (!new X509Certificate(trust).ca) throw new Error('what is trusted is no root');
  return { cert: certificate, key, ca: trust, minVersion: 'TLSv1.3' };
}

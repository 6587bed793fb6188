/** A certificate with its key, or trust anchors, delivered by SDS; `key` is the SDS name. */
export type Secret = CertificateSecret | TrustSecret;

export interface CertificateSecret {
  readonly key: string;
  readonly type: 'certificate';
  /** PEM. */
  readonly chain: string;
  readonly privateKey: string;
}

export interface TrustSecret {
  readonly key: string;
  readonly type: 'trust';
  /** PEM, one or more certificates. */
  readonly bundle: string;
  /** PEM: lists of certificates that count no more. */
  readonly revoked?: string;
}

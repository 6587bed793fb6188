import { z } from 'zod';

import { type Camel, camel } from './camel.ts';
import { defined } from './defined.ts';
import { countSchema } from './scalars.ts';
import { without } from './shape.ts';

/** What a TLSContext, a Host's `tls` and an entry of the tls Module have in common. */
export interface TLSSettings {
  /** Files of the proxy. */
  readonly certChainFile?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly cacertChainFile?: string | undefined;
  /** Secrets other than that of the certificate: `NAME`, or `NAME.NAMESPACE`. */
  readonly caSecret?: string | undefined;
  readonly crlSecret?: string | undefined;
  /** In the order of preference. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Whether the other side must have a certificate. */
  readonly certRequired?: boolean | undefined;
  readonly minTlsVersion?: TLSVersion | undefined;
  readonly maxTlsVersion?: TLSVersion | undefined;
  readonly cipherSuites?: readonly string[] | undefined;
  readonly ecdhCurves?: readonly string[] | undefined;
  /** A port on which cleartext requests are redirected; it has had no effect since 2.0. */
  readonly redirectCleartextFrom?: number | undefined;
  /** The server name that is asked for where TLS is originated. */
  readonly sni?: string | undefined;
}

const versions = ['v1.0', 'v1.1', 'v1.2', 'v1.3'] as const;

export type TLSVersion = typeof versions[number];

const protocolsSchema = z.string()
  .transform((text) =>
    text.split(',').map((protocol) => protocol.trim()).filter((protocol) => protocol !== '')
  );

const tlsFields = {
  cert_chain_file: z.string().optional(),
  private_key_file: z.string().optional(),
  cacert_chain_file: z.string().optional(),
  ca_secret: z.string().optional(),
  crl_secret: z.string().optional(),
  v3CRLSecret: z.string().optional(),
  alpn_protocols: protocolsSchema.optional(),
  cert_required: z.boolean().optional(),
  min_tls_version: z.enum(versions).optional(),
  max_tls_version: z.enum(versions).optional(),
  cipher_suites: z.array(z.string()).optional(),
  ecdh_curves: z.array(z.string()).optional(),
  redirect_cleartext_from: countSchema.optional(),
  sni: z.string().optional(),
};

export type WithTLS<S extends z.ZodRawShape> = TLSSettings & Camel<z.output<z.ZodObject<S>>>;

/** How the list of revoked certificates is not called: v2 has `v3CRLSecret`, only to be converted. */
const absent = { v3alpha1: [], v2: ['crl_secret'], v1: ['crl_secret'], Module: ['v3CRLSecret'] } as const;

/** The settings of one version or of the tls Module, with more fields beside them, which are renamed alike. */
export function tlsSettings<S extends z.ZodRawShape>(
  of: keyof typeof absent,
  more: S,
): z.ZodType<WithTLS<S>> {
  const own = without(tlsFields, absent[of]);
  const schema = z.object({ ...own.shape, ...more }).transform((written) => {
    const { v3CRLSecret, ...settings } = camel(written) as TLSSettings & { readonly v3CRLSecret?: string };
    return defined({ ...settings, crlSecret: settings.crlSecret ?? v3CRLSecret });
  });
  return schema as unknown as z.ZodType<WithTLS<S>>;
}

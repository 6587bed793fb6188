import { z } from 'zod';

import { camel } from './parts/camel.ts';
import { countSchema } from './parts/scalars.ts';

/** Requests that are not for a Mapping, on every host; without authorization, if the installation itself answers. */
export interface Probe {
  readonly enabled: boolean;
  readonly prefix: string;
  readonly rewrite: string;
  /** Absent: the installation itself answers. */
  readonly service?: string | undefined;
}

/** A probe of this path by default. One that is mentioned is off unless it says otherwise, and else it is on. */
export function probe(path: string): z.ZodType<Probe> {
  return z.object({
    enabled: z.boolean().default(false),
    prefix: z.string().optional(),
    rewrite: z.string().optional(),
    service: z.string().optional(),
  }).prefault({ enabled: true }).transform(({ prefix, rewrite, ...rest }) => ({
    ...rest,
    prefix: prefix || path,
    rewrite: rewrite || path,
  }));
}

/** Addresses of clients: of the connection (`peer`), or as forwarded by trusted proxies (`remote`). */
export interface IPRange {
  readonly type: 'peer' | 'remote';
  /** An address, or a block such as `192.0.2.0/24`. */
  readonly cidr: string;
}

export const ipRangesSchema: z.ZodType<readonly IPRange[]> = z.array(
  z.object({ peer: z.string().optional(), remote: z.string().optional() })
    .transform(({ peer, remote }, context): IPRange => {
      if (peer !== undefined && remote === undefined) return { type: 'peer', cidr: peer };
      if (remote !== undefined && peer === undefined) return { type: 'remote', cidr: remote };
      context.addIssue({ code: 'custom', message: 'needs either peer or remote' });
      return z.NEVER;
    }),
);

const forwarding = [
  'SANITIZE',
  'FORWARD_ONLY',
  'APPEND_FORWARD',
  'SANITIZE_SET',
  'ALWAYS_FORWARD_ONLY',
] as const;

/** What becomes of `x-forwarded-client-cert`, as Envoy has it. */
export type ForwardClientCert = typeof forwarding[number];

export const forwardClientCertSchema: z.ZodType<ForwardClientCert> = z.enum(forwarding);

/** What is told of client certificates. */
export interface ClientCertDetails {
  readonly subject?: boolean | undefined;
  readonly cert?: boolean | undefined;
  readonly chain?: boolean | undefined;
  readonly dns?: boolean | undefined;
  readonly uri?: boolean | undefined;
}

export const clientCertDetailsSchema: z.ZodType<ClientCertDetails> = z.object({
  subject: z.boolean().optional(),
  cert: z.boolean().optional(),
  chain: z.boolean().optional(),
  dns: z.boolean().optional(),
  uri: z.boolean().optional(),
});

/** Compression of answers, in the terms of Envoy's gzip filter. */
export interface Gzip {
  readonly memoryLevel?: number | undefined;
  /** In bytes. */
  readonly minContentLength?: number | undefined;
  readonly compressionLevel?: string | undefined;
  readonly compressionStrategy?: string | undefined;
  readonly windowBits?: number | undefined;
  readonly contentType?: readonly string[] | undefined;
  readonly disableOnEtagHeader?: boolean | undefined;
  readonly removeAcceptEncodingHeader?: boolean | undefined;
}

export const gzipSchema: z.ZodType<Gzip> = z.object({
  memory_level: countSchema.optional(),
  min_content_length: countSchema.optional(),
  compression_level: z.string().optional(),
  compression_strategy: z.string().optional(),
  window_bits: countSchema.optional(),
  content_type: z.array(z.string()).optional(),
  disable_on_etag_header: z.boolean().optional(),
  remove_accept_encoding_header: z.boolean().optional(),
}).transform(camel);

/** Statistics of gRPC calls. */
export interface GRPCStats {
  readonly allMethods: boolean;
  /** Wins over `allMethods`. */
  readonly services?: readonly GRPCService[] | undefined;
  readonly upstreamStats: boolean;
}

export interface GRPCService {
  readonly name: string;
  readonly methodNames: readonly string[];
}

export const grpcStatsSchema: z.ZodType<GRPCStats> = z.object({
  all_methods: z.boolean().default(false),
  services: z.array(
    z.object({ name: z.string(), method_names: z.array(z.string()).default([]) }).transform(camel),
  ).optional(),
  upstream_stats: z.boolean().default(false),
}).transform(camel);

/** A line, or fields by name; both with Envoy's command operators. */
export type LogFormat = string | Readonly<Record<string, unknown>>;

export const logFormatSchema: z.ZodType<LogFormat> = z.union([z.string(), z.record(z.string(), z.unknown())]);

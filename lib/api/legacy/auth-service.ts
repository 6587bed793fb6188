import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { type CircuitBreaker, circuitBreakersSchema } from './parts/circuit-breakers.ts';
import { defined } from './parts/defined.ts';
import { type Dialect, type Semantics, semanticsOf } from './parts/dialect.ts';
import { sorted } from './parts/headers.ts';
import { countSchema, msSchema } from './parts/scalars.ts';
import { tlsField, type Upstream, upstreamOf } from './parts/service-name.ts';
import { cosmetic, only, without } from './parts/shape.ts';

export interface AuthService extends KubeObject {
  readonly kind: 'AuthService';
  readonly spec: AuthServiceSpec;
}

/**
 * The service that says whether requests may pass.
 *
 * With the semantics of 0.39 it gets every header of the request, with `Content-Length: 0`, and of its own
 * `authorizationHeaders` alone go on to the backend; otherwise they go to the client, too.
 */
export interface AuthServiceSpec extends Addressed, Upstream {
  readonly semantics: Semantics;
  readonly proto: 'http' | 'grpc';
  /** In front of the path of the request that it gets; not for gRPC. */
  readonly pathPrefix?: string | undefined;
  readonly timeoutMs: number;
  /** Headers of the request that it gets, in lower case and in order. */
  readonly requestHeaders: 'all' | readonly string[];
  /** Headers of its answers that are used, in lower case and in order. */
  readonly authorizationHeaders: readonly string[];
  /** Headers that it gets besides. */
  readonly addAuthHeaders: readonly { readonly name: string; readonly value: string }[];
  /** Absent: it gets no body. */
  readonly includeBody?: { readonly maxBytes: number; readonly allowPartial: boolean } | undefined;
  /** The status for clients when it cannot be asked. */
  readonly statusOnError?: number | undefined;
  /** Whether requests pass when it cannot be asked. */
  readonly failureModeAllow: boolean;
  /** Of Envoy's API, for gRPC. */
  readonly protocolVersion?: 'v2' | 'v3' | undefined;
  readonly circuitBreakers?: readonly CircuitBreaker[] | undefined;
  readonly statsName?: string | undefined;
  readonly addLinkerdHeaders?: boolean | undefined;
}

const requestHeaders = [
  'authorization',
  'cookie',
  'from',
  'proxy-authorization',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
];

const authorizationHeaders = [
  'authorization',
  'location',
  'proxy-authenticate',
  'set-cookie',
  'www-authenticate',
];

const fields = {
  ambassador_id: ambassadorIdField,
  auth_service: z.string(),
  tls: tlsField,
  path_prefix: z.string().optional(),
  allowed_headers: z.array(z.string()).optional(),
  proto: z.enum(['http', 'grpc']).default('http'),
  timeout_ms: msSchema.default(5000),
  allowed_request_headers: z.array(z.string()).optional(),
  allowed_authorization_headers: z.array(z.string()).optional(),
  add_auth_headers: z.record(z.string(), z.string()).optional(),
  include_body: z.object({ max_bytes: countSchema, allow_partial: z.boolean() }).transform(camel)
    .optional(),
  allow_request_body: z.boolean().optional(),
  status_on_error: z.object({ code: z.int().min(100).max(599).optional() }).optional(),
  failure_mode_allow: z.boolean().default(false),
  protocol_version: z.enum(['v2', 'v3']).optional(),
  circuit_breakers: circuitBreakersSchema.optional(),
  v3CircuitBreakers: circuitBreakersSchema.optional(),
  stats_name: z.string().optional(),
  v3StatsName: z.string().optional(),
  add_linkerd_headers: z.boolean().optional(),
  v2ExplicitTLS: cosmetic,
};

function schemaOf(dialect: Dialect): z.ZodObject<typeof fields> {
  if (dialect === 'v0') {
    return only(fields, ['ambassador_id', 'auth_service', 'tls', 'path_prefix', 'allowed_headers']);
  }
  if (dialect === 'v3alpha1') return without(fields, ['allowed_headers']);
  return without(fields, ['allowed_headers', 'circuit_breakers', 'stats_name', 'v2ExplicitTLS']);
}

/** The `spec` of an AuthService of one version, which is also the `config` of the Module `authentication`. */
export function authServiceSpec(dialect: Dialect): z.ZodType<AuthServiceSpec> {
  return schemaOf(dialect).transform((written): AuthServiceSpec => {
    const old = dialect === 'v0';
    return defined({
      semantics: semanticsOf(dialect),
      ambassadorIds: ambassadorIdsOf(written.ambassador_id),
      ...upstreamOf(written.auth_service, written.tls),
      proto: written.proto ?? 'http',
      pathPrefix: written.path_prefix,
      timeoutMs: written.timeout_ms ?? 5000,
      requestHeaders: old ? 'all' : joined(requestHeaders, written.allowed_request_headers),
      authorizationHeaders: old
        ? joined([], written.allowed_headers)
        : joined(authorizationHeaders, written.allowed_authorization_headers),
      addAuthHeaders: sorted(written.add_auth_headers ?? {}).map(([name, value]) => ({ name, value })),
      includeBody: written.include_body ??
        (written.allow_request_body === true ? { maxBytes: 4096, allowPartial: true } : undefined),
      statusOnError: written.status_on_error?.code,
      failureModeAllow: written.failure_mode_allow ?? false,
      protocolVersion: written.protocol_version,
      circuitBreakers: written.circuit_breakers ?? written.v3CircuitBreakers,
      statsName: written.stats_name ?? written.v3StatsName,
      addLinkerdHeaders: written.add_linkerd_headers,
    });
  });
}

function joined(defaults: readonly string[], more: readonly string[] = []): readonly string[] {
  return [...new Set([...defaults, ...more.map((name) => name.toLowerCase())])].sort();
}

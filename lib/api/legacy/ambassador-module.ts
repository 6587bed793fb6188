import { z } from 'zod';

import { type Opaque, opaqueSchema } from '../opaque.ts';
import { camel } from './parts/camel.ts';
import { type CircuitBreaker, circuitBreakersSchema } from './parts/circuit-breakers.ts';
import { type CORS, cors } from './parts/cors.ts';
import { type ErrorResponseOverride, errorResponsesSchema } from './parts/error-responses.ts';
import { type AddedHeader, addedHeaders, sorted } from './parts/headers.ts';
import { type Keepalive, keepaliveSchema } from './parts/keepalive.ts';
import { anyLabelsSchema, type Label } from './parts/labels.ts';
import { type LoadBalancer, loadBalancerSchema } from './parts/load-balancer.ts';
import {
  type ClientCertDetails,
  clientCertDetailsSchema,
  type ForwardClientCert,
  forwardClientCertSchema,
  type GRPCStats,
  grpcStatsSchema,
  type Gzip,
  gzipSchema,
  type IPRange,
  ipRangesSchema,
  type LogFormat,
  logFormatSchema,
  type Probe,
  probe,
} from './module-parts.ts';
import { type RetryPolicy, retryPolicySchema } from './parts/retry-policy.ts';
import { countSchema, msSchema, stringListSchema } from './parts/scalars.ts';
import { type TLSModule, tlsModuleSchema } from './tls-module.ts';

/** The `config` of the ambassador Module: settings of the installation, and defaults of Mappings. */
export interface AmbassadorModule {
  /** Of Mappings that say none: 3000 by default; 0 turns it off. */
  readonly clusterRequestTimeoutMs?: number | undefined;
  readonly clusterIdleTimeoutMs?: number | undefined;
  readonly clusterMaxConnectionLifetimeMs?: number | undefined;
  /** Of client connections. */
  readonly listenerIdleTimeoutMs?: number | undefined;
  readonly circuitBreakers?: readonly CircuitBreaker[] | undefined;
  readonly loadBalancer?: LoadBalancer | undefined;
  readonly retryPolicy?: RetryPolicy | undefined;
  readonly cors?: CORS | undefined;
  readonly keepalive?: Keepalive | undefined;
  readonly resolver: string;
  readonly enableIpv4: boolean;
  readonly enableIpv6: boolean;
  readonly addLinkerdHeaders?: boolean | undefined;
  /** RE2's program size. */
  readonly regexMaxSize: number;
  readonly defaultLabelDomain: string;
  /** In front of the labels of every group of their domain. */
  readonly defaultLabels?:
    | readonly { readonly domain: string; readonly labels: readonly Label[] }[]
    | undefined;
  readonly defaults?: ModuleDefaults | undefined;
  readonly useAmbassadorNamespaceForServiceResolution: boolean;

  readonly diagnostics: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;

  readonly useRemoteAddress: boolean;
  readonly serverName: string;
  readonly stripMatchingHostPort: boolean;
  readonly mergeSlashes: boolean;
  /** With status 400. */
  readonly rejectRequestsWithEscapedSlashes: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly suppressEnvoyHeaders: boolean;
  readonly properCase: boolean;
  readonly enableHttp10: boolean;
  readonly allowChunkedLength?: boolean | undefined;
  readonly headersWithUnderscoresAction?: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER' | undefined;
  /** In KiB. */
  readonly maxRequestHeadersKb?: number | undefined;
  readonly bufferLimitBytes?: number | undefined;
  readonly forwardClientCertDetails?: ForwardClientCert | undefined;
  readonly setCurrentClientCertDetails?: ClientCertDetails | undefined;
  /** Clients that may come in, or may not; at most one of the two. */
  readonly ipAllow?: readonly IPRange[] | undefined;
  readonly ipDeny?: readonly IPRange[] | undefined;
  readonly luaScripts?: string | undefined;
  readonly gzip?: Gzip | undefined;
  readonly buffer?: { readonly maxRequestBytes: number } | undefined;
  readonly grpcStats?: GRPCStats | undefined;
  readonly enableGrpcWeb: boolean;
  readonly enableGrpcHttp11Bridge: boolean;
  readonly headerCaseOverrides?: readonly string[] | undefined;
  readonly errorResponseOverrides?: readonly ErrorResponseOverride[] | undefined;

  readonly envoyLogType: 'text' | 'json' | 'typed_json';
  readonly envoyLogFormat?: LogFormat | undefined;
  /** A file of the proxy. */
  readonly envoyLogPath?: string | undefined;
  readonly runtimeFlags?: Opaque | undefined;
  readonly adminPort?: number | undefined;
  readonly envoyValidationTimeoutSeconds?: number | undefined;
  readonly pruneUnreachableRoutes?: boolean | undefined;

  /** These had an effect before 2.0, where Listeners took their place. */
  readonly servicePort?: number | undefined;
  readonly useProxyProto: boolean;
  readonly xForwardedProtoRedirect: boolean;
  readonly xffNumTrustedHops: number;
  /** What 0.39 took for the tls Module, in front of one of that name. */
  readonly tls?: TLSModule | undefined;

  /** These have no effect, and most never had one on traffic. */
  readonly diagPort?: number | undefined;
  readonly authEnabled?: boolean | undefined;
  readonly regexType?: 'safe' | 'unsafe' | undefined;
  readonly statsd?: Opaque | undefined;
  readonly debugMode?: boolean | undefined;
}

export interface ModuleDefaults {
  /** What Mappings have that do not have the field themselves, even if it is empty there. */
  readonly httpmapping?: MappingDefaults | undefined;
  /** Of TLSContexts; true by default. */
  readonly tlsSecretNamespacing?: boolean | undefined;
}

export interface MappingDefaults {
  readonly addRequestHeaders?: readonly AddedHeader[] | undefined;
  readonly addResponseHeaders?: readonly AddedHeader[] | undefined;
  readonly removeRequestHeaders?: readonly string[] | undefined;
  readonly removeResponseHeaders?: readonly string[] | undefined;
  readonly statsName?: string | undefined;
}

// No version of the CRD checks the config, so every way to write a field is in use in all of them.
const headersToAdd = addedHeaders('v1').optional();
const headersToRemove = stringListSchema.optional();
const off = z.boolean().default(false);

const defaultLabelsSchema = z.record(
  z.string(),
  z.object({ defaults: anyLabelsSchema.default([]), label_prefix: z.array(z.unknown()).optional() }),
).transform((byDomain) => sorted(byDomain).map(([domain, { defaults }]) => ({ domain, labels: defaults })));

const defaultsSchema: z.ZodType<ModuleDefaults> = z.object({
  httpmapping: z.object({
    add_request_headers: headersToAdd,
    add_response_headers: headersToAdd,
    remove_request_headers: headersToRemove,
    remove_response_headers: headersToRemove,
    stats_name: z.string().optional(),
  }).transform(camel).optional(),
  tls_secret_namespacing: z.boolean().optional(),
}).transform(camel);

/** Nothing, which may also be an empty list, is no script. */
const scriptSchema = z.union([z.string(), z.array(z.never()).max(0)])
  .transform((script) => script.length === 0 ? undefined : String(script));

export const ambassadorModuleSchema: z.ZodType<AmbassadorModule> = z.object({
  cluster_request_timeout_ms: msSchema.optional(),
  cluster_idle_timeout_ms: msSchema.optional(),
  cluster_max_connection_lifetime_ms: msSchema.optional(),
  listener_idle_timeout_ms: msSchema.optional(),
  circuit_breakers: circuitBreakersSchema.optional(),
  load_balancer: loadBalancerSchema.optional(),
  retry_policy: retryPolicySchema.optional(),
  cors: cors('v1').optional(),
  keepalive: keepaliveSchema.optional(),
  resolver: z.string().default('kubernetes-service'),
  enable_ipv4: z.boolean().default(true),
  enable_ipv6: off,
  add_linkerd_headers: z.boolean().optional(),
  regex_max_size: countSchema.default(200),
  default_label_domain: z.string().default('ambassador'),
  default_labels: defaultLabelsSchema.optional(),
  defaults: defaultsSchema.optional(),
  use_ambassador_namespace_for_service_resolution: off,
  diagnostics: probe('/ambassador/v0/'),
  liveness_probe: probe('/ambassador/v0/check_alive'),
  readiness_probe: probe('/ambassador/v0/check_ready'),
  use_remote_address: z.boolean().default(true),
  server_name: z.string().default('envoy'),
  strip_matching_host_port: off,
  merge_slashes: off,
  reject_requests_with_escaped_slashes: off,
  preserve_external_request_id: off,
  suppress_envoy_headers: off,
  proper_case: off,
  enable_http10: off,
  allow_chunked_length: z.boolean().optional(),
  headers_with_underscores_action: z.enum(['ALLOW', 'REJECT_REQUEST', 'DROP_HEADER']).optional(),
  max_request_headers_kb: countSchema.optional(),
  buffer_limit_bytes: countSchema.optional(),
  forward_client_cert_details: forwardClientCertSchema.optional(),
  set_current_client_cert_details: clientCertDetailsSchema.optional(),
  ip_allow: ipRangesSchema.optional(),
  ip_deny: ipRangesSchema.optional(),
  lua_scripts: scriptSchema.optional(),
  gzip: gzipSchema.optional(),
  buffer: z.object({ max_request_bytes: countSchema, max_request_time: z.unknown().optional() })
    .transform(({ max_request_bytes }) => ({ maxRequestBytes: max_request_bytes })).optional(),
  grpc_stats: grpcStatsSchema.optional(),
  enable_grpc_web: off,
  enable_grpc_http11_bridge: off,
  header_case_overrides: z.array(z.string()).optional(),
  error_response_overrides: errorResponsesSchema.optional(),
  envoy_log_type: z.enum(['text', 'json', 'typed_json']).default('text'),
  envoy_log_format: logFormatSchema.optional(),
  envoy_log_path: z.string().optional(),
  runtime_flags: opaqueSchema.optional(),
  admin_port: countSchema.optional(),
  envoy_validation_timeout: countSchema.optional(),
  prune_unreachable_routes: z.boolean().optional(),
  service_port: countSchema.optional(),
  use_proxy_proto: off,
  x_forwarded_proto_redirect: off,
  xff_num_trusted_hops: countSchema.default(0),
  tls: tlsModuleSchema.optional(),
  diag_port: countSchema.optional(),
  auth_enabled: z.boolean().optional(),
  regex_type: z.enum(['safe', 'unsafe']).optional(),
  statsd: opaqueSchema.optional(),
  debug_mode: z.boolean().optional(),
}).transform(({ envoy_validation_timeout: seconds, ...config }) => ({
  ...camel(config),
  ...(seconds === undefined ? {} : { envoyValidationTimeoutSeconds: seconds }),
}));

/** The settings where there is no ambassador Module. */
export function defaultAmbassadorModule(): AmbassadorModule {
  return ambassadorModuleSchema.parse({});
}

import { z } from 'zod';

import { opaqueSchema } from '../opaque.ts';
import { ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { circuitBreakersSchema } from './parts/circuit-breakers.ts';
import { cors } from './parts/cors.ts';
import { defined } from './parts/defined.ts';
import { type Dialect, semanticsOf } from './parts/dialect.ts';
import { errorResponsesSchema } from './parts/error-responses.ts';
import { addedHeaders, matchesOf, regexMatches, valueMatches } from './parts/headers.ts';
import { healthChecksSchema } from './parts/health-checks.ts';
import { keepaliveSchema } from './parts/keepalive.ts';
import { labelDomains, rateLimitsSchema } from './parts/labels.ts';
import { loadBalancerSchema } from './parts/load-balancer.ts';
import { hostOf } from './mapping-host.ts';
import type { MappingDocs, MappingPath, MappingSpec, RedirectCode } from './mapping-spec.ts';
import { regexMapSchema } from './parts/regex-map.ts';
import { retryPolicySchema } from './parts/retry-policy.ts';
import { msSchema, stringListSchema } from './parts/scalars.ts';
import { tlsField, upstreamOf } from './parts/service-name.ts';
import { cosmetic, only, without } from './parts/shape.ts';

const redirectCodeSchema: z.ZodType<RedirectCode> = z.literal([301, 302, 303, 307, 308]);

const docsSchema: z.ZodType<MappingDocs> = z.object({
  path: z.string().optional(),
  url: z.string().optional(),
  ignored: z.boolean().optional(),
  display_name: z.string().optional(),
  timeout_ms: msSchema.optional(),
}).transform(camel);

/** The fields of all versions. */
function fields(dialect: Dialect) {
  const headersToAdd = addedHeaders(dialect).optional();
  const headersToRemove = stringListSchema.optional();
  return {
    ambassador_id: ambassadorIdField,
    prefix: z.string(),
    prefix_regex: z.boolean().optional(),
    prefix_exact: z.boolean().optional(),
    case_sensitive: z.boolean().optional(),
    hostname: z.string().optional(),
    host: z.string().optional(),
    host_regex: z.boolean().optional(),
    method: z.string().optional(),
    method_regex: z.boolean().optional(),
    headers: valueMatches.optional(),
    regex_headers: regexMatches.optional(),
    query_parameters: valueMatches.optional(),
    regex_query_parameters: regexMatches.optional(),
    precedence: z.int().default(0),
    service: z.string(),
    tls: tlsField,
    rewrite: z.string().default('/'),
    regex_rewrite: regexMapSchema.optional(),
    host_rewrite: z.string().optional(),
    auto_host_rewrite: z.boolean().default(false),
    host_redirect: z.boolean().default(false),
    path_redirect: z.string().optional(),
    prefix_redirect: z.string().optional(),
    regex_redirect: regexMapSchema.optional(),
    redirect_response_code: redirectCodeSchema.default(301),
    add_request_headers: headersToAdd,
    add_response_headers: headersToAdd,
    remove_request_headers: headersToRemove,
    remove_response_headers: headersToRemove,
    add_linkerd_headers: z.boolean().optional(),
    cors: cors(dialect).optional(),
    weight: z.int().min(0).optional(),
    shadow: z.boolean().default(false),
    timeout_ms: msSchema.optional(),
    idle_timeout_ms: msSchema.optional(),
    connect_timeout_ms: msSchema.optional(),
    cluster_idle_timeout_ms: msSchema.optional(),
    cluster_max_connection_lifetime_ms: msSchema.optional(),
    retry_policy: retryPolicySchema.optional(),
    priority: z.string().transform((priority) => priority.toUpperCase()).optional(),
    resolver: z.string().optional(),
    load_balancer: loadBalancerSchema.optional(),
    circuit_breakers: circuitBreakersSchema.optional(),
    circuit_breaker: z.string().optional(),
    outlier_detection: z.string().optional(),
    health_checks: healthChecksSchema.optional(),
    v3health_checks: healthChecksSchema.optional(),
    keepalive: keepaliveSchema.optional(),
    enable_ipv4: z.boolean().optional(),
    enable_ipv6: z.boolean().optional(),
    dns_type: z.string().optional(),
    respect_dns_ttl: z.boolean().optional(),
    cluster_tag: z.string().optional(),
    stats_name: z.string().optional(),
    v3StatsName: z.string().optional(),
    grpc: z.boolean().default(false),
    allow_upgrade: z.array(z.string()).optional(),
    use_websocket: z.boolean().optional(),
    labels: labelDomains(dialect).optional(),
    rate_limits: rateLimitsSchema.optional(),
    bypass_auth: z.boolean().optional(),
    auth_context_extensions: z.record(z.string(), z.string()).optional(),
    error_response_overrides: errorResponsesSchema.optional(),
    bypass_error_response_overrides: z.boolean().optional(),
    docs: docsSchema.optional(),
    modules: z.array(opaqueSchema).optional(),
    envoy_override: opaqueSchema.optional(),
    v2ExplicitTLS: cosmetic,
    v2BoolHeaders: cosmetic,
    v2BoolQueryParameters: cosmetic,
  };
}

type Shape = ReturnType<typeof fields>;
type Field = Extract<keyof Shape, string>;

/** What v0 has; the rest came with v1 and later. */
const v0Fields: readonly Field[] = [
  'ambassador_id',
  'prefix',
  'prefix_regex',
  'case_sensitive',
  'host',
  'host_regex',
  'method',
  'method_regex',
  'headers',
  'regex_headers',
  'precedence',
  'service',
  'tls',
  'rewrite',
  'host_rewrite',
  'auto_host_rewrite',
  'host_redirect',
  'path_redirect',
  'add_request_headers',
  'add_response_headers',
  'cors',
  'weight',
  'shadow',
  'timeout_ms',
  'connect_timeout_ms',
  'priority',
  'circuit_breaker',
  'outlier_detection',
  'grpc',
  'use_websocket',
  'rate_limits',
  'modules',
  'envoy_override',
];

function schemaOf(dialect: Dialect): z.ZodObject<Shape> {
  const all = fields(dialect);
  if (dialect === 'v0') return only(all, v0Fields);
  if (dialect === 'v3alpha1') {
    return without(all, ['circuit_breaker', 'rate_limits']);
  }
  return without(all, [
    'circuit_breaker',
    'rate_limits',
    'hostname',
    'health_checks',
    'stats_name',
    'v2ExplicitTLS',
    'v2BoolHeaders',
    'v2BoolQueryParameters',
  ]);
}

/** The `spec` of a Mapping of one version. */
export function mappingSpec(dialect: Dialect): z.ZodType<MappingSpec> {
  return schemaOf(dialect).transform((written) => {
    const {
      ambassador_id,
      prefix,
      prefix_regex,
      prefix_exact,
      case_sensitive,
      hostname,
      host,
      host_regex,
      method,
      method_regex,
      headers: exact,
      regex_headers,
      query_parameters,
      regex_query_parameters,
      service,
      tls,
      timeout_ms,
      circuit_breaker,
      health_checks,
      v3health_checks,
      stats_name,
      v3StatsName,
      allow_upgrade,
      use_websocket,
      ...rest
    } = written;
    const old = dialect === 'v0';
    // 0.39 knew the field and did nothing with it.
    const caseSensitive = old ? true : case_sensitive;
    const found = hostOf({ hostname, host, regex: host_regex, headers: exact }, dialect);
    return defined<MappingSpec>({
      semantics: semanticsOf(dialect),
      ambassadorIds: ambassadorIdsOf(ambassador_id),
      path: {
        type: pathType({ prefix_regex, prefix_exact }),
        value: prefix,
        ...(caseSensitive === undefined ? {} : { caseSensitive }),
      },
      host: found.host,
      ignoredHost: found.ignored,
      method: method === undefined || method === ''
        ? undefined
        : { type: method_regex === true ? 'Regex' : 'Exact', value: method },
      headers: matchesOf({ exact: found.headers, regex: regex_headers }),
      queryParameters: matchesOf({ exact: query_parameters, regex: regex_query_parameters }),
      ...upstreamOf(service, tls),
      // 0.39 took 0 for absent.
      timeoutMs: old && timeout_ms === 0 ? undefined : timeout_ms,
      circuitBreakerName: circuit_breaker,
      healthChecks: health_checks ?? v3health_checks,
      statsName: stats_name ?? v3StatsName,
      allowUpgrade: upgradesOf(allow_upgrade, use_websocket),
      ...camel(rest),
    });
  });
}

interface PathKind {
  readonly prefix_regex?: boolean | undefined;
  readonly prefix_exact?: boolean | undefined;
}

function pathType({ prefix_regex, prefix_exact }: PathKind): MappingPath['type'] {
  if (prefix_regex === true) return 'Regex';
  return prefix_exact === true ? 'Exact' : 'Prefix';
}

function upgradesOf(
  allowed: readonly string[] | undefined,
  websocket: boolean | undefined,
): readonly string[] | undefined {
  const names = [...allowed ?? [], ...(websocket === true ? ['websocket'] : [])].map((name) =>
    name.toLowerCase()
  );
  return names.length === 0 ? undefined : [...new Set(names)];
}

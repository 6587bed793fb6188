import type { KubeObject } from '../object.ts';
import type { Opaque } from '../opaque.ts';
import type { Addressed } from './parts/ambassador-id.ts';
import type { CircuitBreaker } from './parts/circuit-breakers.ts';
import type { CORS } from './parts/cors.ts';
import type { Semantics } from './parts/dialect.ts';
import type { ErrorResponseOverride } from './parts/error-responses.ts';
import type { AddedHeader, ValueMatch } from './parts/headers.ts';
import type { HealthCheck } from './parts/health-checks.ts';
import type { Keepalive } from './parts/keepalive.ts';
import type { LabelDomain, LabelGroup } from './parts/labels.ts';
import type { LoadBalancer } from './parts/load-balancer.ts';
import type { MappingHost } from './mapping-host.ts';
import type { RegexMap } from './parts/regex-map.ts';
import type { RetryPolicy } from './parts/retry-policy.ts';
import type { Upstream } from './parts/service-name.ts';

export interface Mapping extends KubeObject {
  readonly kind: 'Mapping';
  readonly spec: MappingSpec;
}

/**
 * Where requests of a prefix go. What is absent and not said to have a default is the ambassador Module's to say.
 *
 * With the semantics of 0.39 regular expressions are ECMAScript's, weights are shares of 100, all Mappings are on
 * every host, a `service` without a namespace is in that of the installation, and `envoyOverride` has an effect.
 */
export interface MappingSpec extends Addressed, Upstream {
  readonly semantics: Semantics;
  readonly path: MappingPath;
  /** Absent: a v3alpha1 Mapping that only Hosts with a selector can have. */
  readonly host?: MappingHost | undefined;
  /** `host` where `hostname` is given, too, which it has no effect beside. */
  readonly ignoredHost?: string | undefined;
  readonly method?: MappingMethod | undefined;
  readonly headers: readonly ValueMatch[];
  readonly queryParameters: readonly ValueMatch[];
  /** Before all else in the order of routes, the highest first. */
  readonly precedence: number;

  /** Replaces the prefix; empty: the path stays. With a regular expression for a path it replaces all of it. */
  readonly rewrite: string;
  /** Wins over `rewrite`. */
  readonly regexRewrite?: RegexMap | undefined;
  readonly hostRewrite?: string | undefined;
  readonly autoHostRewrite: boolean;
  /** Answers with a redirect to the host `service`; the first of the three below that is given says its path. */
  readonly hostRedirect: boolean;
  readonly pathRedirect?: string | undefined;
  readonly prefixRedirect?: string | undefined;
  readonly regexRedirect?: RegexMap | undefined;
  readonly redirectResponseCode: RedirectCode;

  readonly addRequestHeaders?: readonly AddedHeader[] | undefined;
  readonly addResponseHeaders?: readonly AddedHeader[] | undefined;
  readonly removeRequestHeaders?: readonly string[] | undefined;
  readonly removeResponseHeaders?: readonly string[] | undefined;
  readonly addLinkerdHeaders?: boolean | undefined;
  readonly cors?: CORS | undefined;

  /** Share of the group's requests; 0 is no request. */
  readonly weight?: number | undefined;
  /** Gets copies of requests, and its answers go nowhere. */
  readonly shadow: boolean;

  /** 0 turns it off. */
  readonly timeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** By default 3000. */
  readonly connectTimeoutMs?: number | undefined;
  readonly clusterIdleTimeoutMs?: number | undefined;
  readonly clusterMaxConnectionLifetimeMs?: number | undefined;
  readonly retryPolicy?: RetryPolicy | undefined;
  /** Envoy's routing priority, in upper case. */
  readonly priority?: string | undefined;

  readonly resolver?: string | undefined;
  readonly loadBalancer?: LoadBalancer | undefined;
  readonly circuitBreakers?: readonly CircuitBreaker[] | undefined;
  /** The name of a CircuitBreaker, of v0. */
  readonly circuitBreakerName?: string | undefined;
  /** The name of an OutlierDetection, of v0. */
  readonly outlierDetection?: string | undefined;
  readonly healthChecks?: readonly HealthCheck[] | undefined;
  readonly keepalive?: Keepalive | undefined;
  readonly enableIpv4?: boolean | undefined;
  readonly enableIpv6?: boolean | undefined;
  /** `strict_dns`, which is the default, or `logical_dns`. */
  readonly dnsType?: string | undefined;
  readonly respectDnsTtl?: boolean | undefined;
  /** Gives the Mapping a cluster of its own, apart from those of other tags. */
  readonly clusterTag?: string | undefined;
  readonly statsName?: string | undefined;
  /** HTTP/2 to the backend. */
  readonly grpc: boolean;
  /** In lower case. */
  readonly allowUpgrade?: readonly string[] | undefined;

  readonly labels?: readonly LabelDomain[] | undefined;
  /** Of v0; they go to the domain of the RateLimitService, without the Module's default labels. */
  readonly rateLimits?: readonly LabelGroup[] | undefined;
  readonly bypassAuth?: boolean | undefined;
  readonly authContextExtensions?: Readonly<Record<string, string>> | undefined;
  readonly errorResponseOverrides?: readonly ErrorResponseOverride[] | undefined;
  readonly bypassErrorResponseOverrides?: boolean | undefined;

  readonly docs?: MappingDocs | undefined;
  readonly modules?: readonly Opaque[] | undefined;
  /** Merged into Envoy's route in v0; without effect since. */
  readonly envoyOverride?: Opaque | undefined;
}

export type RedirectCode = 301 | 302 | 303 | 307 | 308;

export interface MappingPath {
  /** `Prefix` is of the string, not of its segments; `Regex` must match all of the path. */
  readonly type: 'Prefix' | 'Exact' | 'Regex';
  readonly value: string;
  /** What another of its group says, if it is absent; else yes. */
  readonly caseSensitive?: boolean;
}

export interface MappingMethod {
  readonly type: 'Exact' | 'Regex';
  readonly value: string;
}

/** For developer portals. */
export interface MappingDocs {
  readonly path?: string | undefined;
  readonly url?: string | undefined;
  readonly ignored?: boolean | undefined;
  readonly displayName?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

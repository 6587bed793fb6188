import type { ExternalAuth } from './external-auth.ts';
import type { ErrorResponse } from './http-filters.ts';
import type { ObjectRef } from './origin.ts';
import type { RateLimitDescriptor } from './rate-limit.ts';

/**
 * All rules of one route object, in Envoy's terms but not yet in its bytes; where they are attached is said by
 * `VirtualHost`s. `key` is `Kind/namespace/name`.
 */
export interface RouteSet {
  readonly key: string;
  readonly origin: ObjectRef;
  /** Creation time, ms since the epoch; 0 if unknown. Older routes win ties. */
  readonly created: number;
  readonly routes: readonly Route[];
}

/** One match of one rule with what is done (Envoy `Route`). */
export interface Route {
  /**
   * `http/namespace/name/rule` for an HTTPRoute, `grpc/...` for a GRPCRoute, where rule is its name or `r` and its index:
   * says what served a request. Short, because Envoy copies it for each route and change.
   */
  readonly name: string;
  readonly match: RouteMatch;
  /** Rank among the routes of its virtual host, see `compareRoutes`. */
  readonly rank: RouteRank;
  /**
   * Serves only this share of matching requests, in parts of a million, cumulative with the routes of the same match
   * before it: Envoy draws one number for a request, so fractions 0.1 and 1 mean 10 % and 90 %.
   */
  readonly fraction?: number;
  readonly action: ForwardAction | RedirectAction | RespondAction;
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  readonly cors?: CorsPolicy;
  readonly auth?: ExternalAuth;
  /** What all requests of the port are asked about (`RouteConfig.auth`) these are not. */
  readonly skipsAuth?: true;
  /** Told to the server that is asked about all requests of the port, if it speaks gRPC. */
  readonly authContext?: Readonly<Record<string, string>>;
  /** In place of the port's; empty for none. */
  readonly errors?: readonly ErrorResponse[];
}

/** Specificity in the order that Gateway API compares it; higher wins, then age, name and rule order. */
export interface RouteRank {
  /**
   * Compared before all else, item by item and the greater first, as legacy Mappings are ranked. Routes without it come
   * after those that have it.
   */
  readonly order?: readonly (number | string)[];
  /**
   * Of HTTPRoutes: 3 exact path, 2 regular expression, 1 prefix. Of GRPCRoutes: 4 exact service, 3 expression for the
   * service, 2 exact method alone, 1 expression for the method alone, 0 neither.
   */
  readonly pathType: number;
  /** Characters of the path match, or of the gRPC service. */
  readonly pathLength: number;
  /** 1 for a match of the HTTP method; characters of the gRPC method. */
  readonly method: number;
  readonly headers: number;
  readonly queryParams: number;
  /** Index of the rule in its object, then of the match in its rule. */
  readonly rule: number;
  readonly match: number;
}

export interface RouteMatch {
  readonly path: PathMatch;
  readonly method?: string;
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
  /**
   * Requires `content-type: application/grpc*`: gRPC, or gRPC-Web, which goes on as gRPC. Clients understand the 503 of what
   * fails as UNAVAILABLE.
   */
  readonly grpc?: true;
}

/**
 * A `prefix` ends at a path segment: `/a` matches `/a` and `/a/b`, not `/ab`; `/` matches all. A `string` is a prefix wherever
 * it ends.
 */
export interface PathMatch {
  readonly type: 'exact' | 'prefix' | 'regex' | 'string';
  readonly value: string;
  /** Exact paths and prefixes alone. */
  readonly ignoreCase?: true;
}

/** `regex` matches the whole value (RE2). Header names are lower case. */
export interface ValueMatch {
  readonly name: string;
  readonly type: 'exact' | 'regex';
  readonly value: string;
  /** Headers alone: the condition holds if the value, or that there is one, does not match. */
  readonly inverted?: true;
}

/** Order of effect: remove, set, add. Names as the user wrote them. */
export interface HeaderChanges {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  readonly remove: readonly string[];
}

export interface HeaderValue {
  readonly name: string;
  /** Literal: a `%` in it is escaped while encoding, unless it is a format. */
  readonly value: string;
  /** Envoy's `%COMMANDS%` in the value mean what they mean to it. */
  readonly format?: true;
}

export interface ForwardAction {
  readonly type: 'forward';
  /** All weights zero, or none: answers 500. */
  readonly backends: readonly WeightedBackend[];
  readonly hostRewrite?: string;
  readonly pathRewrite?: PathRewrite;
  readonly mirrors: readonly Mirror[];
  /** Whole request, ms; 0 for none. */
  readonly timeout: number;
  readonly retry?: RetryPolicy;
  /** One try, ms; 0 for none. Takes effect with or without `retry`. */
  readonly tryTimeout?: number;
  readonly session?: SessionPersistence;
  /** ms without any progress either way; 0 for none. Absent: `STREAM_IDLE_TIMEOUT`. */
  readonly idleTimeout?: number;
  /** What the cluster's hashing balancer goes by, in order. */
  readonly hash?: readonly HashPolicy[];
  /** Kinds of upgrades beside WebSockets, such as `spdy/3.1`. */
  readonly upgrades?: readonly string[];
  /** Which of the cluster's limits count. */
  readonly priority?: 'high';
  /** What the rate limit server of the port is told of requests. */
  readonly rateLimits?: readonly RateLimitDescriptor[];
}

/** Envoy's advice for edge proxies, ms. */
export const STREAM_IDLE_TIMEOUT: number = 5 * 60_000;

/** `ttl` in ms: with it Envoy makes the cookie for clients that have none. */
export type HashPolicy =
  | { readonly type: 'cookie'; readonly name: string; readonly path?: string; readonly ttl?: number }
  | { readonly type: 'header'; readonly name: string }
  | { readonly type: 'source-ip' };

/** `cluster` absent: the reference is invalid, and this share of requests gets 500. */
export interface WeightedBackend {
  readonly cluster?: string;
  readonly weight: number;
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  /** Rewrites of this backend alone; only what Envoy's weighted clusters can say. */
  readonly hostRewrite?: string;
  /** Of this backend alone. */
  readonly session?: SessionPersistence;
}

export type PathRewrite =
  | { readonly type: 'full'; readonly value: string }
  /** The matched prefix is replaced, without a double or missing slash. Only with a `prefix` path match. */
  | { readonly type: 'prefix'; readonly value: string }
  /** What was matched is replaced as it is: a `string` or an exact path, or all of the path of a regular expression. */
  | { readonly type: 'string'; readonly value: string }
  /** What an RE2 expression matches of the path is replaced; `\1` is its first group. */
  | { readonly type: 'regex'; readonly pattern: string; readonly value: string };

export interface Mirror {
  readonly cluster: string;
  /**
   * Parts of a million, drawn together with the fractions of routes: on a route of draws 0.5 to 1, a half is 0.75.
   */
  readonly fraction: number;
}

export interface RetryPolicy {
  /** Further tries after the first; 0 for none. */
  readonly attempts: number;
  /** HTTP status codes that are tried again. */
  readonly codes: readonly number[];
  /**
   * Failures to connect, refused streams, resets before the request was sent, gRPC's UNAVAILABLE in place of an answer: what
   * no backend has acted on.
   */
  readonly connectionErrors: boolean;
  /** Envoy's own conditions, in place of what follows from the two above. */
  readonly conditions?: readonly string[];
  /** Least pause between tries, ms. */
  readonly backoff?: number;
}

export interface SessionPersistence {
  readonly type: 'cookie' | 'header';
  readonly name: string;
  /** Of the cookie, s; absent for a session cookie. */
  readonly ttl?: number;
  /** Cookie path. */
  readonly path?: string;
}

/** What is absent is derived from the request (GEP HTTPRequestRedirectFilter). */
export interface RedirectAction {
  readonly type: 'redirect';
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly scheme?: 'http' | 'https';
  readonly hostname?: string;
  /** `'listener'`: the port of the listener that the request came in by; absent if `scheme` implies it. */
  readonly port?: number | 'listener';
  readonly path?: PathRewrite;
}

export interface RespondAction {
  readonly type: 'respond';
  readonly status: number;
  readonly body?: string;
}

/** HTTPCORSFilter. `origins` are exact, `*`, or hold `*` in place of any characters of the host. */
export interface CorsPolicy {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly credentials: boolean;
  /** s */
  readonly maxAge: number;
}

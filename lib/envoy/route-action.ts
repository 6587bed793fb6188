import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type {
  ForwardAction,
  HashPolicy,
  Mirror,
  RedirectAction,
  RetryPolicy,
  Route,
  WeightedBackend,
} from '../model/mod.ts';
import { duration } from './duration.ts';
import { INVALID_CLUSTER } from './invalid-cluster.ts';
import {
  type DirectResponseAction,
  DirectResponseActionSchema,
  type RedirectAction as EnvoyRedirect,
  RedirectAction_RedirectResponseCode as Code,
  RedirectActionSchema,
  type RetryPolicy as EnvoyRetry,
  RetryPolicySchema,
  type Route as EnvoyRoute,
  type RouteAction,
  RouteAction_ClusterNotFoundResponseCode as NotFound,
  RouteAction_HashPolicySchema,
  type RouteAction_RequestMirrorPolicy,
  RouteAction_RequestMirrorPolicySchema,
  RouteAction_UpgradeConfigSchema,
  RouteActionSchema,
  type WeightedCluster_ClusterWeight,
  WeightedCluster_ClusterWeightSchema,
} from './gen/envoy/config/route/v3/route_components_pb.ts';
import { RoutingPriority } from './gen/envoy/config/core/v3/base_pb.ts';
import { FractionalPercent_DenominatorType } from './gen/envoy/type/v3/percent_pb.ts';
import { headerChanges, hostOf } from './header-mutation.ts';
import { pathRewrite } from './path-rewrite.ts';
import { rateLimits } from './rate-limit.ts';
import { sessionConfig } from './session.ts';

type Action = Exclude<EnvoyRoute['action'], { case: undefined }>;

/** Where a route is served, as far as its redirects tell. */
export interface Place {
  /** Port that clients use. */
  readonly port: number;
  /** `*`, exact or `*.suffix`. */
  readonly domain: string;
  /** Whether clients come by HTTPS. */
  readonly https?: true;
}

/** What a route does (the oneof `action` of Envoy's `Route`). */
export function routeAction(route: Route, place: Place): Action {
  const { action } = route;
  if (action.type === 'redirect') return { case: 'redirect', value: redirect(action, route, place) };
  if (action.type === 'respond') {
    return { case: 'directResponse', value: respond(action.status, action.body) };
  }
  return forward(action, route);
}

/** Whether the bytes of a route differ between ports or hostnames. */
export function dependsOnPlace({ action }: Route): boolean {
  if (action.type !== 'redirect') return false;
  return action.port === 'listener' || action.hostname === undefined ||
    (action.scheme === undefined && (action.port === 80 || action.port === 443));
}

/** Clusters that a route reaches. */
export function clustersOf({ action, auth }: Route): readonly string[] {
  const asked = auth?.cluster === undefined ? [] : [auth.cluster];
  if (action.type !== 'forward') return asked;
  return [
    ...asked,
    ...action.backends.flatMap(({ cluster }) => cluster ?? []),
    ...action.mirrors.map(({ cluster }) => cluster),
  ];
}

export function respond(status: number, body?: string): DirectResponseAction {
  return create(DirectResponseActionSchema, {
    status,
    ...(body === undefined ? {} : { body: { specifier: { case: 'inlineString', value: body } } }),
  });
}

/** What requests get that nothing can be done with, as `RouteMatch.grpc` says. */
export function failureStatus({ grpc = false }: { readonly grpc?: boolean }): 500 | 503 {
  return grpc ? 503 : 500;
}

const NOT_FOUND = { 500: NotFound.INTERNAL_SERVER_ERROR, 503: NotFound.SERVICE_UNAVAILABLE } as const;

function forward(action: ForwardAction, route: Route): Action {
  const backends = action.backends.filter(({ weight }) => weight > 0);
  if (backends.every(({ cluster }) => cluster === undefined)) {
    return { case: 'directResponse', value: respond(failureStatus(route.match)) };
  }
  const rewrite = action.pathRewrite && pathRewrite(action.pathRewrite, route.match);
  const host = action.hostRewrite ?? hostOf(route.requestHeaders);
  const timeout = timeoutOf(action);
  const only = backends.length === 1 ? backends[0] : undefined;
  const plain = only !== undefined && isPlain(only) ? only.cluster : undefined;
  return {
    case: 'route',
    value: create(RouteActionSchema, {
      clusterSpecifier: plain === undefined ? weighted(backends) : { case: 'cluster', value: plain },
      // Said only where it matters: each field costs Envoy for each route and change.
      ...(plain === undefined ? { clusterNotFoundResponseCode: NOT_FOUND[failureStatus(route.match)] } : {}),
      timeout: duration(timeout),
      ...(host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } }),
      ...(rewrite?.type === 'prefix' ? { prefixRewrite: rewrite.value } : {}),
      ...(rewrite?.type === 'regex' ? { regexRewrite: rewrite.value } : {}),
      ...(action.retry === undefined ? {} : { retryPolicy: retryPolicy(action.retry, action.tryTimeout) }),
      requestMirrorPolicies: action.mirrors.map(mirror),
      ...rarely(action),
    }),
  };
}

/** What few routes have. */
function rarely({ idleTimeout, hash, upgrades, priority, rateLimits: limits }: ForwardAction) {
  return {
    ...(idleTimeout === undefined ? {} : { idleTimeout: duration(idleTimeout) }),
    ...(hash === undefined
      ? {}
      : { hashPolicy: hash.map((policy) => create(RouteAction_HashPolicySchema, hashPolicy(policy))) }),
    ...(upgrades === undefined ? {} : {
      upgradeConfigs: upgrades.map((upgradeType) => create(RouteAction_UpgradeConfigSchema, { upgradeType })),
    }),
    ...(priority === undefined ? {} : { priority: RoutingPriority.HIGH }),
    ...(limits === undefined ? {} : { rateLimits: rateLimits(limits) }),
  };
}

function hashPolicy(policy: HashPolicy): MessageInitShape<typeof RouteAction_HashPolicySchema> {
  if (policy.type === 'source-ip') {
    return { policySpecifier: { case: 'connectionProperties', value: { sourceIp: true } } };
  }
  const { name } = policy;
  if (policy.type === 'header') return { policySpecifier: { case: 'header', value: { headerName: name } } };
  const { path = '', ttl } = policy;
  const value = { name, path, ...(ttl === undefined ? {} : { ttl: duration(ttl) }) };
  return { policySpecifier: { case: 'cookie', value } };
}

/** Without retries the one try is the whole request. */
function timeoutOf({ timeout, tryTimeout = 0, retry }: ForwardAction): number {
  if (retry !== undefined || tryTimeout === 0) return timeout;
  return timeout === 0 ? tryTimeout : Math.min(timeout, tryTimeout);
}

function isPlain(backend: WeightedBackend): boolean {
  return backend.requestHeaders === undefined && backend.responseHeaders === undefined &&
    backend.hostRewrite === undefined && backend.session === undefined;
}

function weighted(backends: readonly WeightedBackend[]): RouteAction['clusterSpecifier'] {
  const { clusterSpecifier } = create(RouteActionSchema, {
    clusterSpecifier: { case: 'weightedClusters', value: { clusters: backends.map(clusterWeight) } },
  });
  return clusterSpecifier;
}

function clusterWeight(backend: WeightedBackend): WeightedCluster_ClusterWeight {
  const request = headerChanges(backend.requestHeaders);
  const response = headerChanges(backend.responseHeaders);
  const { session } = backend;
  const host = backend.hostRewrite ?? hostOf(backend.requestHeaders);
  return create(WeightedCluster_ClusterWeightSchema, {
    name: backend.cluster ?? INVALID_CLUSTER,
    weight: backend.weight,
    requestHeadersToAdd: request.toAdd,
    requestHeadersToRemove: request.toRemove,
    responseHeadersToAdd: response.toAdd,
    responseHeadersToRemove: response.toRemove,
    ...(host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } }),
    ...(session === undefined ? {} : { typedPerFilterConfig: sessionConfig(session) }),
  });
}

function mirror({ cluster, fraction }: Mirror): RouteAction_RequestMirrorPolicy {
  return create(RouteAction_RequestMirrorPolicySchema, {
    cluster,
    // Envoy would append `-shadow` to the host.
    disableShadowHostSuffixAppend: true,
    ...(fraction >= 1_000_000 ? {} : {
      runtimeFraction: {
        defaultValue: { numerator: fraction, denominator: FractionalPercent_DenominatorType.MILLION },
      },
    }),
  });
}

/** Envoy's `retry_on`. To Envoy a try that timed out is a reset, and it is to be tried again (GEP-1731). */
function retryPolicy(retry: RetryPolicy, tryTimeout = 0): EnvoyRetry {
  const conditions: string[] = [...(retry.conditions ?? [])];
  if (retry.connectionErrors) {
    conditions.push('connect-failure', 'refused-stream', 'reset-before-request', 'unavailable');
  }
  if (retry.codes.length > 0) conditions.push('retriable-status-codes');
  if (tryTimeout > 0 && retry.conditions === undefined) conditions.push('reset');
  return create(RetryPolicySchema, {
    retryOn: conditions.join(','),
    numRetries: retry.attempts,
    retriableStatusCodes: [...retry.codes],
    ...(tryTimeout > 0 ? { perTryTimeout: duration(tryTimeout) } : {}),
    // Envoy wants at least 1 ms, and waits up to ten times the base.
    ...(retry.backoff === undefined
      ? {}
      : { retryBackOff: { baseInterval: duration(Math.max(1, retry.backoff)) } }),
  });
}

const REDIRECT_CODES: Readonly<Record<RedirectAction['status'], Code>> = {
  301: Code.MOVED_PERMANENTLY,
  302: Code.FOUND,
  303: Code.SEE_OTHER,
  307: Code.TEMPORARY_REDIRECT,
  308: Code.PERMANENT_REDIRECT,
};

function redirect(action: RedirectAction, route: Route, place: Place): EnvoyRedirect {
  const rewrite = action.path && pathRewrite(action.path, route.match);
  const port = action.port === 'listener' ? place.port : action.port;
  const own = defaultPort(place.https === true ? 'https' : 'http');
  const implied = action.scheme === undefined ? own : defaultPort(action.scheme);
  const named = port !== undefined && port !== implied;
  // Where no port is named, Envoy would keep the one of the request's Host, unless it is told the host.
  const served = named || place.domain.startsWith('*') ? undefined : place.domain;
  const hostname = action.hostname ?? served;
  // A wildcard cannot say the host, and clients of any other port send theirs with it: so the implied one is named.
  const kept = hostname === undefined && place.port !== own;
  const said = named ? port : kept ? implied : undefined;
  return create(RedirectActionSchema, {
    responseCode: REDIRECT_CODES[action.status],
    ...(action.scheme === undefined
      ? {}
      : { schemeRewriteSpecifier: { case: 'schemeRedirect', value: action.scheme } }),
    ...(hostname === undefined ? {} : { hostRedirect: hostname }),
    ...(said === undefined ? {} : { portRedirect: said }),
    ...(action.path?.type === 'full'
      ? { pathRewriteSpecifier: { case: 'pathRedirect', value: action.path.value } }
      : rewrite?.type === 'prefix'
      ? { pathRewriteSpecifier: { case: 'prefixRewrite', value: rewrite.value } }
      : rewrite?.type === 'regex'
      ? { pathRewriteSpecifier: { case: 'regexRewrite', value: rewrite.value } }
      : {}),
  });
}

/** The port that a URL need not say. */
function defaultPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80;
}

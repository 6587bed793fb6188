import { create, toBinary } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { Route, RouteRank, RouteSet } from '../model/mod.ts';
import { any } from './any.ts';
import { corsConfig } from './cors.ts';
import { authConfig, sharedAuthConfig } from './ext-authz.ts';
import { ownErrorConfig, withoutErrorsOfPort } from './error-responses.ts';
import { FILTERS } from './filters.ts';
import { FilterConfigSchema, RouteSchema } from './gen/envoy/config/route/v3/route_components_pb.ts';
import { headerChanges } from './header-mutation.ts';
import { routeMatch } from './match.ts';
import { clustersOf, dependsOnPlace, type Place, respond, routeAction } from './route-action.ts';
import { hashOf } from './seal.ts';
import { sessionConfig } from './session.ts';
import { encode, field } from './wire.ts';

/** Number of the field `VirtualHost.routes`. */
export const ROUTES = 3;

/** One Envoy `Route` with what decides its place among others. */
export interface EncodedRoute {
  readonly rank: RouteRank;
  /** The message with the tag and length of `VirtualHost.routes`, ready to be copied. */
  readonly bytes: Uint8Array;
  /** Set if the bytes depend on where they are served: those of `bytes` are for any host on port 80. */
  readonly source?: Route;
}

/** A route object's rules as bytes, ready to be put into any virtual host. `key` is the RouteSet's. */
export interface EncodedRouteSet {
  readonly key: string;
  readonly created: number;
  /** `Kind/namespace/name`: breaks ties of age. */
  readonly name: string;
  /** In order of precedence. */
  readonly routes: readonly EncodedRoute[];
  /** Keys of the clusters that must be there first. */
  readonly needs: readonly string[];
  /** Hash of all routes, by which the set is refused. */
  readonly hash: string;
}

const ANYWHERE: Place = { port: 80, domain: '*' };

/** Encodes the routes of one object once, however many hostnames and ports they serve. */
export function encodeRouteSet(set: RouteSet): EncodedRouteSet {
  const routes = set.routes.map((route): EncodedRoute => {
    const encoded = { rank: route.rank, bytes: encodeRoute(route, ANYWHERE) };
    return dependsOnPlace(route) ? { ...encoded, source: route } : encoded;
  }).sort(byRank);
  const clusters = new Set(set.routes.flatMap(clustersOf));
  return {
    key: set.key,
    created: set.created,
    name: `${set.origin.kind}/${set.origin.namespace}/${set.origin.name}`,
    routes,
    needs: [...clusters].sort().map((name) => `Cluster|${name}`),
    hash: hashOf(encode(routes.map(({ bytes }) => bytes))),
  };
}

/** Bytes of an Envoy `Route` as a field of its virtual host. */
export function encodeRoute(route: Route, place: Place): Uint8Array {
  const request = headerChanges(route.requestHeaders);
  const response = headerChanges(route.responseHeaders);
  const { auth } = route;
  const bytes = toBinary(
    RouteSchema,
    create(RouteSchema, {
      name: route.name,
      match: routeMatch(route),
      // Nobody can be asked, so nobody is let in.
      action: auth !== undefined && auth.cluster === undefined
        ? { case: 'directResponse', value: respond(500) }
        : routeAction(route, place),
      requestHeadersToAdd: request.toAdd,
      requestHeadersToRemove: request.toRemove,
      responseHeadersToAdd: response.toAdd,
      responseHeadersToRemove: response.toRemove,
      typedPerFilterConfig: filterConfigs(route),
    }),
  );
  return encode([field(ROUTES, bytes)]);
}

/** In sorted order of names, which shows in the bytes. */
function filterConfigs(route: Route): Record<string, Any> {
  const { match, cors, auth, errors, action } = route;
  const session = action.type === 'forward' ? action.session : undefined;
  return {
    ...sharedAuthConfig(route),
    ...(errors === undefined ? {} : ownErrorConfig(errors)),
    ...(cors === undefined ? {} : corsConfig(cors)),
    ...(errors === undefined ? {} : withoutErrorsOfPort()),
    ...(auth?.cluster === undefined ? {} : authConfig({ ...auth, cluster: auth.cluster })),
    ...(match.grpc === true && action.type === 'forward' ? grpcWeb() : {}),
    ...(session === undefined ? {} : sessionConfig(session)),
  };
}

/** A configuration without content switches a filter on. */
function grpcWeb(): Record<string, Any> {
  return { [FILTERS.grpcWeb]: any(FilterConfigSchema, { config: {} }) };
}

/** More specific first; then the order of rules and matches. Equal for the shares of one match, whose order is kept. */
export function byRank({ rank: a }: EncodedRoute, { rank: b }: EncodedRoute): number {
  return bySpecificity(a, b) || a.rule - b.rule || a.match - b.match;
}

/** What Gateway API compares before the age of routes, and before it what legacy routes are ranked by. */
export function bySpecificity(a: RouteRank, b: RouteRank): number {
  if (a.order !== undefined || b.order !== undefined) {
    const order = descending(a.order ?? [], b.order ?? []);
    if (order !== 0) return order;
  }
  return b.pathType - a.pathType || b.pathLength - a.pathLength || b.method - a.method ||
    b.headers - a.headers || b.queryParams - a.queryParams;
}

/** Lists as Python compares them, the greater first: the longer of two goes first if it begins with the other. */
function descending(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return -1;
    if (left !== right) return left > right ? -1 : 1;
  }
  return a.length === b.length ? 0 : 1;
}

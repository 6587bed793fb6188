import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type ExternalAuth, MISDIRECT_HEADER, type VirtualHost } from '../model/mod.ts';
import { any } from './any.ts';
import { preRoutingConfig } from './ext-authz.ts';
import { FILTERS } from './filters.ts';
import {
  FilterConfigSchema,
  RouteSchema,
  VirtualHostSchema,
} from './gen/envoy/config/route/v3/route_components_pb.ts';
import { takesCalls } from './match.ts';
import type { Resource } from './resource.ts';
import { bySpecificity, type EncodedRoute, type EncodedRouteSet, encodeRoute, ROUTES } from './route.ts';
import { failureStatus, respond } from './route-action.ts';
import { hashOf, sealBytes } from './seal.ts';
import { encode, type Field, field } from './wire.ts';

/** One member of a virtual host with its encoded routes, in the order of `VirtualHost.members`. */
export interface EncodedMember {
  readonly hostname: string;
  readonly set: EncodedRouteSet;
}

/** Whether Envoy refused content of this hash. */
export type Refused = (hash: string) => boolean;

/**
 * Puts encoded routes together; nothing is encoded again but redirects that name the host or port. A refused set fails for its
 * own matches; where those are what was refused, the whole hostname answers 500, since without them requests would fall
 * through to routes that they were not meant for.
 */
export function encodeVirtualHost(
  host: VirtualHost,
  members: readonly EncodedMember[],
  refused: Refused = () => false,
): Resource {
  const served = members.map(({ hostname, set }) => ({ hostname, set: substituteIfRefused(set, refused) }));
  const auths = host.preRouting?.filter(isReachable) ?? [];
  const failed = auths.length < (host.preRouting?.length ?? 0) || served.some(({ set }) => refused(set.hash));
  if (failed) return failing(host);
  const resource = assemble(host, served, { routes: inOrder(served, host), auths });
  return refused(resource.version) ? failing(host) : resource;
}

function isReachable(auth: ExternalAuth): auth is ExternalAuth & { readonly cluster: string } {
  return auth.cluster !== undefined;
}

/** Everything is answered 500, and nobody is asked before. */
function failing(host: VirtualHost): Resource {
  return assemble(host, [], { routes: [failure()], auths: [] });
}

interface Contents {
  readonly routes: readonly Uint8Array[];
  /** Asked before routing. */
  readonly auths: readonly (ExternalAuth & { readonly cluster: string })[];
}

function assemble(
  host: VirtualHost,
  members: readonly EncodedMember[],
  { routes, auths }: Contents,
): Resource {
  const chunks: (Field | Uint8Array)[] = [field(1, host.key), field(2, host.domain)];
  if (host.chainId !== undefined) chunks.push(misdirection(host.chainId, { skips: auths.length > 0 }));
  for (const route of routes) chunks.push(route);
  if (auths.length > 0) chunks.push(unrouted(), preRouting(auths));
  if (host.bufferLimit !== undefined) chunks.push(bufferLimit(host.bufferLimit));
  const needs = members.length === 1 && auths.length === 0
    ? members[0]?.set.needs ?? []
    : [...new Set([...members.flatMap(({ set }) => set.needs), ...clustersOf(auths)])].sort();
  return sealBytes(encode(chunks), {
    type: 'VirtualHost',
    name: host.key,
    needs,
    parts: members.map(({ set }) => ({ hash: set.hash, source: set.key })),
  });
}

interface Placed {
  readonly hostname: number;
  readonly set: EncodedRouteSet;
  readonly route: EncodedRoute;
}

/** More specific hostnames first, then as Gateway API ranks matches; older routes, then names, win ties. */
function inOrder(members: readonly EncodedMember[], host: VirtualHost): readonly Uint8Array[] {
  const hostnames = [...new Set(members.map(({ hostname }) => hostname))];
  const placed = members.flatMap(({ hostname, set }) =>
    set.routes.map((route): Placed => ({ hostname: hostnames.indexOf(hostname), set, route }))
  );
  if (members.length > 1) placed.sort(byPlace);
  return placed.map(({ route }) =>
    route.source === undefined ? route.bytes : encodeRoute(route.source, host)
  );
}

function byPlace(a: Placed, b: Placed): number {
  const rankA = a.route.rank;
  const rankB = b.route.rank;
  return a.hostname - b.hostname || bySpecificity(rankA, rankB) || a.set.created - b.set.created ||
    compare(a.set.name, b.set.name) || rankA.rule - rankB.rule || rankA.match - rankB.match;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function substituteIfRefused(set: EncodedRouteSet, refused: Refused): EncodedRouteSet {
  if (!refused(set.hash)) return set;
  const routes = set.routes.map(({ rank, bytes }): EncodedRoute => {
    const { name, match } = fromBinary(VirtualHostSchema, bytes).routes[0] ?? create(RouteSchema);
    const status = failureStatus({ grpc: match !== undefined && takesCalls(match) });
    const answer = { case: 'directResponse', value: respond(status) } as const;
    return { rank, bytes: framed({ name, ...(match === undefined ? {} : { match }), action: answer }) };
  });
  return { ...set, routes, needs: [], hash: hashOf(encode(routes.map(({ bytes }) => bytes))) };
}

/** Everything is answered 500. */
function failure(): Uint8Array {
  return framed({
    match: { pathSpecifier: { case: 'prefix', value: '/' } },
    action: { case: 'directResponse', value: respond(500) },
  });
}

/** Filters get their settings from a route, so what is asked before routing needs one for every request. */
function unrouted(): Uint8Array {
  return framed({
    name: 'unrouted',
    match: { pathSpecifier: { case: 'prefix', value: '/' } },
    action: { case: 'directResponse', value: respond(404) },
  });
}

function preRouting(auths: Contents['auths']): Uint8Array {
  return toBinary(
    VirtualHostSchema,
    create(VirtualHostSchema, { typedPerFilterConfig: preRoutingConfig(auths) }),
  );
}

function bufferLimit(bytes: number): Uint8Array {
  return toBinary(
    VirtualHostSchema,
    create(VirtualHostSchema, { requestBodyBufferLimit: BigInt(bytes) }),
  );
}

function clustersOf(auths: Contents['auths']): readonly string[] {
  return auths.map(({ cluster }) => `Cluster|${cluster}`);
}

/**
 * Requests that came by another filter chain of the port are answered 421 (GEP-3567). They are none of the listener's, so
 * they skip what it asks.
 */
function misdirection(chainId: string, { skips }: { readonly skips: boolean }): Uint8Array {
  return framed({
    name: 'misdirected',
    match: {
      pathSpecifier: { case: 'prefix', value: '/' },
      headers: [{
        name: MISDIRECT_HEADER,
        invertMatch: true,
        headerMatchSpecifier: {
          case: 'stringMatch',
          value: { matchPattern: { case: 'exact', value: chainId } },
        },
      }],
    },
    action: { case: 'directResponse', value: respond(421) },
    ...(skips
      ? { typedPerFilterConfig: { [FILTERS.preRouting]: any(FilterConfigSchema, { disabled: true }) } }
      : {}),
  });
}

function framed(route: MessageInitShape<typeof RouteSchema>): Uint8Array {
  return encode([field(ROUTES, toBinary(RouteSchema, create(RouteSchema, route)))]);
}

import type { Bucket, Collection, Fetch, Index } from '../../lib/graph/types.ts';
import { bySpecificity, coveringHostnames } from '../attachment/hostname.ts';
import type { Destinations, HostClaim, ListenerProjection, RouteChain, Stream } from '../flow.ts';
import { protocolOf } from '../gateway/protocols.ts';

export interface StreamReads {
  readonly listeners: Collection<ListenerProjection>;
  /** By `routeConfig/hostname`, see `portHostOf`. */
  readonly listenersByHost: Index<ListenerProjection>;
  readonly destinations: Collection<Destinations>;
}

/**
 * Which route has the connections of a hostname on a listener: of several the one whose own hostname is the most specific,
 * then the oldest, then the first by name. Nothing if a more specific listener of the port has the hostname.
 */
export function translateStream(
  { key, members }: Bucket<HostClaim>,
  fetch: Fetch,
  reads: StreamReads,
): Stream | undefined {
  const [claim] = members;
  const listener = claim && fetch.one(reads.listeners, claim.listener);
  if (claim === undefined || listener === undefined || !listener.accepted) return undefined;
  if (ownerOf(claim, fetch, reads) !== listener.key) return undefined;
  const candidates = members.flatMap(({ routes, own = '*' }) => {
    const destinations = routes === undefined ? undefined : fetch.one(reads.destinations, routes);
    return destinations === undefined ? [] : [{ own, destinations }];
  }).sort((a, b) =>
    bySpecificity(a.own, b.own) || a.destinations.created - b.destinations.created ||
    (a.destinations.key < b.destinations.key ? -1 : 1)
  ).map(({ destinations }) => destinations);
  const [winner, ...losers] = candidates;
  const stream = {
    key,
    listener: listener.key,
    gateway: listener.gateway,
    fleet: listener.fleet,
    protocol: listener.protocol === 'UDP' ? 'udp' : 'tcp',
    backends: winner?.backends ?? [],
    losers: losers.map((loser) => loser.key),
  } as const;
  return winner === undefined ? stream : { ...stream, route: winner.key };
}

/** Key of the most specific listener of the port that takes the claim's hostname. */
function ownerOf(
  { routeConfig, domain }: HostClaim,
  fetch: Fetch,
  { listenersByHost }: StreamReads,
): string | undefined {
  for (const hostname of coveringHostnames(domain)) {
    const owner = fetch.by(listenersByHost, `${routeConfig}/${hostname}`).find(({ accepted }) => accepted);
    if (owner !== undefined) return owner.key;
  }
  return undefined;
}

/** The filter chain that a route's hostname needs, if it is not the listener's own. */
export function routeChains(
  claim: HostClaim,
  fetch: Fetch,
  reads: StreamReads,
): readonly RouteChain[] {
  const { routeConfig: port, listener: key, domain: hostname, routes } = claim;
  const listener = routes === undefined ? undefined : fetch.one(reads.listeners, key);
  if (listener === undefined || protocolOf(listener.protocol)?.family !== 'tls') return [];
  if (hostname === (listener.hostname ?? '*') || ownerOf(claim, fetch, reads) !== key) return [];
  return [{ key: claim.key, port, listener: key, hostname }];
}

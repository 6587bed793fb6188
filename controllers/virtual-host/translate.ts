import type { Bucket, Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Member, VirtualHost } from '../../lib/model/mod.ts';
import { bySpecificity, coveringHostnames } from '../attachment/hostname.ts';
import type { HostClaim, ListenerFilters, ListenerProjection } from '../flow.ts';
import { hasHostnames } from './claims.ts';

export interface VirtualHostReads {
  /** By the keys of listeners. */
  readonly listenerFilters: Collection<ListenerFilters>;
  /** By `routeConfig/hostname`, see `portHostOf`. */
  readonly listenersByHost: Index<ListenerProjection>;
  /** By `listener|domain`, see `listenerHostOf`. */
  readonly claimsByListenerHost: Index<HostClaim>;
}

/**
 * The routes of one hostname on one port. They are those of the most specific listener for the hostname (GEP-1713 listener
 * isolation), including routes of that listener with wildcards that cover the hostname, since requests that no rule of
 * the more specific route takes go on to the less specific ones. Nothing if the port has no listener for it.
 */
export function translateVirtualHost(
  claims: Bucket<HostClaim>,
  fetch: Fetch,
  reads: VirtualHostReads,
): VirtualHost | undefined {
  const [claim] = claims.members;
  if (claim === undefined) return undefined;
  const { routeConfig, domain } = claim;
  const covering = coveringHostnames(domain);
  const owner = ownerOf(covering, fetch, { routeConfig, ...reads });
  if (owner === undefined) return undefined;

  const hostnames = new Map<string, string>();
  // Mappings are those of the most specific Host alone: its requests never go on to others.
  let host: string | undefined;
  for (const hostname of covering) {
    for (
      const { routes, own = '*', legacy } of fetch.by(
        reads.claimsByListenerHost,
        `${owner.key}|${hostname}`,
      )
    ) {
      if (legacy !== undefined && legacy !== (host ??= legacy)) continue;
      if (routes !== undefined && !hostnames.has(routes)) {
        hostnames.set(routes, legacy === undefined ? own : '');
      }
    }
  }
  const members = [...hostnames].map(([routes, hostname]): Member => ({ routes, hostname }));
  const served = {
    key: claims.key,
    routeConfig,
    fleet: owner.fleet,
    port: owner.publicPort,
    ...(owner.protocol === 'HTTPS' ? { https: true as const } : {}),
    domain,
    members: members.sort(byHostnameThenKey),
  };
  const preRouting = fetch.one(reads.listenerFilters, owner.key)?.auths;
  return {
    ...served,
    ...(owner.chainId === undefined ? {} : { chainId: owner.chainId }),
    ...(preRouting === undefined ? {} : { preRouting }),
  };
}

function ownerOf(
  covering: readonly string[],
  fetch: Fetch,
  { routeConfig, listenersByHost }: Pick<VirtualHostReads, 'listenersByHost'> & {
    readonly routeConfig: string;
  },
): ListenerProjection | undefined {
  for (const hostname of covering) {
    const owner = fetch.by(listenersByHost, `${routeConfig}/${hostname}`).find((listener) =>
      listener.accepted && hasHostnames(listener)
    );
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function byHostnameThenKey(a: Member, b: Member): number {
  const legacy = Number(a.hostname === '') - Number(b.hostname === '');
  if (legacy !== 0) return legacy;
  const hostnames = bySpecificity(a.hostname, b.hostname);
  if (hostnames !== 0) return hostnames;
  return a.routes < b.routes ? -1 : 1;
}

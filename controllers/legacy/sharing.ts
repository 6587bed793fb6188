import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { HttpReading, Listener, VirtualHost } from '../../lib/model/mod.ts';
import { ANY_HOSTNAME, intersection } from '../attachment/hostname.ts';
import type { HostClaim, ListenerProjection } from '../flow.ts';
import { hasHostnames } from '../virtual-host/claims.ts';
import type { LegacyPort, NamedChecks, Site } from './flow.ts';

export interface SharingReads {
  readonly sites: Collection<Site>;
  /** By `routeConfig`. */
  readonly listeners: Index<ListenerProjection>;
  /** What is asked before Mappings are served, which the table of a Gateway does not do. */
  readonly checks: Collection<NamedChecks>;
}

/** A domain of a site with a table of its own that some chain uses; one of a shared site is part of the Gateway's. */
export function ownDomain(
  domain: VirtualHost,
  fetch: Fetch,
  tables: Collection<Keyed>,
): VirtualHost | undefined {
  return fetch.one(tables, domain.routeConfig) === undefined ? undefined : domain;
}

/**
 * What Mappings want of the listeners of a Gateway whose port their Listener shares: the listeners say which hostnames there
 * are, and have the TLS. A domain that only rejects is claimed, too, so that its requests go on to no less specific Host.
 */
export function sharedClaims(
  { domain, members, routeConfig: site }: VirtualHost,
  fetch: Fetch,
  { sites, listeners, checks }: SharingReads,
): readonly HostClaim[] {
  const shares = fetch.one(sites, site)?.shares;
  // Nothing is served with less protection than was asked for.
  if (shares === undefined || fetch.all(checks).length > 0) return [];
  const claims = new Map<string, HostClaim>();
  for (const { listener, common } of listenersFor({ shares, domain }, fetch, listeners)) {
    const claim = { routeConfig: shares, domain: common, listener: listener.key, legacy: domain };
    for (const { routes } of members.length === 0 ? [{ routes: undefined }] : members) {
      const key = `${shares}/${common}|${listener.key}|${routes ?? '-'}|${domain}`;
      claims.set(key, { key, ...claim, ...(routes === undefined ? {} : { routes }) });
    }
  }
  return [...claims.values()];
}

/** Whether a hostname is at a shared port, no listener of which is for it. */
export function isShut(
  { shares, domain }: { readonly shares: string | undefined; readonly domain: string },
  fetch: Fetch,
  listeners: Index<ListenerProjection>,
): boolean {
  return shares !== undefined && listenersFor({ shares, domain }, fetch, listeners).length === 0;
}

interface Common {
  readonly listener: ListenerProjection;
  /** The hostname that both are for. */
  readonly common: string;
}

function listenersFor(
  { shares, domain }: { readonly shares: string; readonly domain: string },
  fetch: Fetch,
  listeners: Index<ListenerProjection>,
): readonly Common[] {
  return fetch.by(listeners, shares).flatMap((listener) => {
    if (!listener.accepted || !hasHostnames(listener)) return [];
    const common = intersection(listener.hostname ?? ANY_HOSTNAME, domain);
    return common === undefined ? [] : [{ listener, common }];
  });
}

/** Index bucket of a port that is shared: the table of routes of the Gateway. */
export function sharedTable({ placement: { shares } }: LegacyPort): readonly string[] {
  return shares === undefined ? [] : [shares.routeConfig];
}

/**
 * The port of a Gateway with the proxies in front that a Listener there trusts: they are in front of the port, whoever made it.
 * All else is read as at every port of a Gateway.
 */
export function withTrustedHops(port: Listener, fetch: Fetch, shared: Index<LegacyPort>): Listener {
  const trustedHops = Math.max(0, ...fetch.by(shared, port.key).map(({ spec: { l7Depth } }) => l7Depth));
  if (trustedHops === 0) return port;
  return {
    ...port,
    chains: port.chains.map((chain) =>
      chain.handler.type === 'http'
        ? { ...chain, handler: { ...chain.handler, reading: { ...AS_EVERYWHERE, trustedHops } } }
        : chain
    ),
  };
}

/** What connection managers do without being told. */
const AS_EVERYWHERE: Omit<HttpReading, 'trustedHops'> = {
  mergeSlashes: true,
  rejectEscapedSlashes: true,
  underscores: 'reject',
};

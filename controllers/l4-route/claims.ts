import { ANY_HOSTNAME } from '../attachment/hostname.ts';
import type { HostClaim, ListenerProjection, RouteAttachment, RouteChain } from '../flow.ts';
import { destinationsKey } from './destinations-key.ts';

/** Key of the Stream of a hostname on a listener. */
export function streamKey(listener: string, hostname: string | undefined): string {
  return `${listener}/${hostname ?? ANY_HOSTNAME}`;
}

function isL4({ protocol }: Pick<ListenerProjection, 'protocol'>): boolean {
  return protocol === 'TLS' || protocol === 'TCP' || protocol === 'UDP';
}

/**
 * A listener's claim of its own hostname: without routes it closes connections, which never fall through to a less specific
 * listener. Unaccepted listeners claim nothing.
 */
export function ownClaims(listener: ListenerProjection): readonly HostClaim[] {
  if (!listener.accepted || !isL4(listener)) return [];
  const { key, routeConfig, hostname: domain = ANY_HOSTNAME } = listener;
  return [{ key: `${streamKey(key, domain)}|`, routeConfig, domain, listener: key }];
}

/** The hostnames that a TLSRoute, TCPRoute or UDPRoute wants on the listeners that it is attached to. */
export function wantedClaims(attachment: RouteAttachment): readonly HostClaim[] {
  const claims = new Map<string, HostClaim>();
  for (const { listeners } of attachment.parents) {
    for (const { listener, routeConfig, hostnames, ...variant } of listeners) {
      const routes = destinationsKey(attachment.key, variant);
      for (const { domain, own } of hostnames) {
        const key = `${streamKey(listener, domain)}|${routes}`;
        claims.set(key, { key, routeConfig, domain, listener, routes, own });
      }
    }
  }
  return [...claims.values()];
}

/** Index buckets of claims: the stream that they are about. */
export function streamOf({ listener, domain }: HostClaim): readonly string[] {
  return [streamKey(listener, domain)];
}

/** Index buckets of chains: the port that needs them. */
export function portOfChain({ port }: RouteChain): readonly string[] {
  return [port];
}

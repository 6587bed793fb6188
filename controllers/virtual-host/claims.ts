import type { HostClaim, ListenerProjection, RouteAttachment } from '../flow.ts';
import { ANY_HOSTNAME } from '../attachment/hostname.ts';
import { routeSetKey } from './route-set-key.ts';

/**
 * Whether requests for its hostname are its own: of HTTP listeners, and of TLS listeners beside HTTPS, whose hostnames no
 * request that comes by HTTPS can mean.
 */
export function hasHostnames({ protocol, chainId }: ListenerProjection): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS' || (protocol === 'TLS' && chainId !== undefined);
}

/**
 * An HTTP listener's claim of its own hostname: without routes the port answers 404 there, and requests never fall
 * through to a less specific listener (listener isolation). Unaccepted listeners claim nothing.
 */
export function listenerClaims(listener: ListenerProjection): readonly HostClaim[] {
  if (!listener.accepted || !hasHostnames(listener)) return [];
  const { key, routeConfig, hostname: domain = ANY_HOSTNAME } = listener;
  return [{ key: `${routeConfig}/${domain}|${key}|`, routeConfig, domain, listener: key }];
}

/** The hostnames that an HTTP or gRPC route wants on the listeners that it is attached to. */
export function routeClaims(attachment: RouteAttachment): readonly HostClaim[] {
  const claims = new Map<string, HostClaim>();
  for (const { listeners } of attachment.parents) {
    for (const { listener, routeConfig, hostnames, clientCertificate } of listeners) {
      const routes = routeSetKey(attachment.key, clientCertificate);
      for (const { domain, own } of hostnames) {
        const key = `${routeConfig}/${domain}|${listener}|${routes}`;
        claims.set(key, { key, routeConfig, domain, listener, routes, own });
      }
    }
  }
  return [...claims.values()];
}

/** Index buckets of claims: the virtual host that they are part of. */
export function virtualHostOf({ routeConfig, domain }: HostClaim): readonly string[] {
  return [`${routeConfig}/${domain}`];
}

/** Index buckets of routes' claims by the listener and the hostname, for `translateVirtualHost`. */
export function listenerHostOf({ listener, domain, routes, legacy }: HostClaim): readonly string[] {
  return routes === undefined && legacy === undefined ? [] : [`${listener}|${domain}`];
}

/** Index buckets of listeners by port and hostname, for `translateVirtualHost`. */
export function portHostOf({ routeConfig, hostname = ANY_HOSTNAME }: ListenerProjection): readonly string[] {
  return [`${routeConfig}/${hostname}`];
}

/** Models for tests. */

import type { Cluster, Listener, ObjectRef, Route, RouteSet, VirtualHost } from '../../model/mod.ts';

export const ROUTE_CONFIG = 'default/gateway/8080';

const gateway: ObjectRef = {
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  namespace: 'default',
  name: 'gateway',
};

export function cluster(key: string, changes: Partial<Cluster> = {}): Cluster {
  return {
    key,
    backend: { group: '', kind: 'Service', namespace: 'default', name: key },
    protocol: 'http1',
    discovery: { type: 'endpoints', service: `default/${key}`, port: 80 },
    ...changes,
  };
}

/** A route of a path prefix. */
export function route(
  path: string,
  action: Partial<Route['action']> = {},
  changes: Partial<Route> = {},
): Route {
  const forward = {
    type: 'forward',
    backends: [{ cluster: 'default/echo', weight: 1 }],
    mirrors: [],
    timeout: 0,
  };
  return {
    name: `HTTPRoute/default/test${path}`,
    match: { path: { type: 'prefix', value: path }, headers: [], queryParams: [] },
    rank: {
      pathType: 1,
      pathLength: path.length,
      method: 0,
      headers: 0,
      queryParams: 0,
      rule: 0,
      match: 0,
    },
    action: { ...(action.type === undefined ? forward : {}), ...action } as Route['action'],
    ...changes,
  };
}

export function routeSet(name: string, routes: readonly Route[], created = 0): RouteSet {
  return {
    key: `HTTPRoute/default/${name}`,
    origin: { group: gateway.group, kind: 'HTTPRoute', namespace: 'default', name },
    created,
    routes,
  };
}

export function virtualHost(domain: string, changes: Partial<VirtualHost> = {}): VirtualHost {
  return {
    key: `${ROUTE_CONFIG}/${domain}`,
    routeConfig: ROUTE_CONFIG,
    fleet: 'default/gateway',
    port: 8080,
    domain,
    members: [],
    ...changes,
  };
}

export const LISTENER: Listener = {
  key: ROUTE_CONFIG,
  fleet: 'default/gateway',
  gateway,
  address: '127.0.0.1',
  bindPort: 0,
  port: 8080,
  chains: [{ name: ROUTE_CONFIG, serverNames: [], handler: { type: 'http', routeConfig: ROUTE_CONFIG } }],
};

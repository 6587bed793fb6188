/**
 * The HTTP filters of every connection manager, by name in their order. All but the last do nothing unless a route gives
 * them a configuration of its own, so no route feature ever changes a listener, which would drain its connections.
 */
export const FILTERS = {
  /** Before authorization: browsers send preflights without credentials. */
  cors: 'envoy.filters.http.cors',
  /** A composite: the whole ext_authz filter comes from the route. */
  extAuthz: 'envoy.filters.http.ext_authz',
  /** Picks the endpoint that the router asks for. */
  statefulSession: 'envoy.filters.http.stateful_session',
  router: 'envoy.filters.http.router',
} as const;

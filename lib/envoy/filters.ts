/**
 * The HTTP filters of every connection manager, by name in their order. All but the last do nothing unless a route gives
 * them a configuration of its own, so no route feature ever changes a listener, which would drain its connections.
 */
export const FILTERS = {
  /** What a Gateway's listener does before routing, which comes from the virtual host. Off unless that has any. */
  preRouting: 'envoy.filters.http.filter_chain',
  /** Other bodies of errors, for all requests of the port. Before others, so that it has the answers of all. */
  errors: 'envoy.filters.http.custom_response',
  /** Those of a route, in place of the port's. */
  ownErrors: 'dragoman.error_responses',
  /** Which clients may come in, which comes from the RouteConfiguration. Off unless that says. */
  access: 'envoy.filters.http.rbac',
  /** Before authorization: browsers send preflights without credentials. */
  cors: 'envoy.filters.http.cors',
  /** Makes gRPC of gRPC-Web. Off unless a route switches it on: it takes no configuration, and others may speak gRPC-Web themselves. */
  grpcWeb: 'envoy.filters.http.grpc_web',
  /** What all requests of a port go through, which comes from the RouteConfiguration. Off unless that has any. */
  checks: 'dragoman.checks',
  /** A composite: the whole ext_authz filter comes from the route. */
  extAuthz: 'envoy.filters.http.ext_authz',
  /** Picks the endpoint that the router asks for. */
  statefulSession: 'envoy.filters.http.stateful_session',
  /** A composite: it is about WebSockets alone. */
  websocketKey: 'envoy.filters.http.header_mutation',
  router: 'envoy.filters.http.router',
} as const;

/** The filters of `FILTERS.checks`, by the names under which routes have settings for them. */
export const CHECKS = {
  closed: 'dragoman.checks.closed',
  auth: 'dragoman.checks.auth',
  rateLimit: 'dragoman.checks.rate_limit',
} as const;

import type { AccessRules } from './access-rules.ts';
import type { ExternalAuth } from './external-auth.ts';
import type { ObjectRef } from './origin.ts';
import type { RateLimitServer } from './rate-limit.ts';

/** The routes of one port (Envoy `RouteConfiguration` with VHDS). `key` is its name, the same as the listener's key. */
export interface RouteConfig {
  readonly key: string;
  readonly fleet: string;
  readonly port: number;
  /** Key of the Listener for HTTP/3, of which answers tell as long as proxies have it. */
  readonly http3?: string;
  /** What all requests that have a route go through, before what is the route's own. */
  readonly checks?: RequestChecks;
}

/** Said once for a port and not for each route, so that an edit costs one resource. Routes may opt out. */
export interface RequestChecks {
  /** Where it comes from, to be told what Envoy refuses of it. */
  readonly origins: readonly ObjectRef[];
  /** It is not known who may come in, so that every request is answered with 500. */
  readonly closed?: true;
  readonly access?: AccessRules;
  readonly auth?: ExternalAuth;
  readonly rateLimit?: RateLimitServer;
}

import type { BackendRef } from './backend-reference.ts';
import type { Duration } from './duration.ts';
import type { HTTPRouteFilter } from './http-route-filter.ts';
import type { HTTPRouteMatch } from './http-route-match.ts';
import type { KubeObject } from './object.ts';
import type { CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';
import type { SessionPersistence } from './session-persistence.ts';

export interface HTTPRoute extends KubeObject {
  readonly kind: 'HTTPRoute';
  readonly spec: HTTPRouteSpec;
}

export interface HTTPRouteSpec extends CommonRouteSpec {
  readonly hostnames?: readonly string[] | undefined;
  /** Never empty: by default one rule that matches everything and has no backends. */
  readonly rules: readonly HTTPRouteRule[];
}

export interface HTTPRouteRule {
  readonly name?: string | undefined;
  /** Alternatives; by default the prefix `/`. */
  readonly matches: readonly HTTPRouteMatch[];
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
  readonly backendRefs?: readonly HTTPBackendRef[] | undefined;
  readonly timeouts?: HTTPRouteTimeouts | undefined;
  readonly retry?: HTTPRouteRetry | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface HTTPBackendRef extends BackendRef {
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
}

/** `0s` turns a timeout off (GEP-1742). */
export interface HTTPRouteTimeouts {
  readonly request?: Duration | undefined;
  /** Of one try; at most `request`. */
  readonly backendRequest?: Duration | undefined;
}

/** When a request is tried again (GEP-1731). */
export interface HTTPRouteRetry {
  /** Response codes, 400 to 599. */
  readonly codes?: readonly number[] | undefined;
  /** Tries after the first; 1 by default. */
  readonly attempts: number;
  readonly backoff?: Duration | undefined;
}

export type HTTPRouteStatus = RouteStatus;

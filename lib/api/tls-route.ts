import type { BackendRef } from './backend-reference.ts';
import type { KubeObject } from './object.ts';
import type { CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';

export interface TLSRoute extends KubeObject {
  readonly kind: 'TLSRoute';
  readonly spec: TLSRouteSpec;
}

export interface TLSRouteSpec extends CommonRouteSpec {
  /** Server names (SNI); absent only in `v1alpha2`, where that means any. */
  readonly hostnames?: readonly string[] | undefined;
  /** One, except in `v1alpha2` where there may be up to 16. */
  readonly rules: readonly TLSRouteRule[];
}

export interface TLSRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type TLSRouteStatus = RouteStatus;

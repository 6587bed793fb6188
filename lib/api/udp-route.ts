import type { BackendRef } from './backend-reference.ts';
import type { KubeObject } from './object.ts';
import type { CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';

export interface UDPRoute extends KubeObject {
  readonly kind: 'UDPRoute';
  readonly spec: UDPRouteSpec;
}

export interface UDPRouteSpec extends CommonRouteSpec {
  /** One in `v1`, up to 16 in `v1alpha2`. */
  readonly rules: readonly UDPRouteRule[];
}

export interface UDPRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type UDPRouteStatus = RouteStatus;

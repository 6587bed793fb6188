import type { BackendRef } from './backend-reference.ts';
import type { KubeObject } from './object.ts';
import type { CommonRouteSpec } from './parent-reference.ts';
import type { RouteStatus } from './route-status.ts';

export interface TCPRoute extends KubeObject {
  readonly kind: 'TCPRoute';
  readonly spec: TCPRouteSpec;
}

export interface TCPRouteSpec extends CommonRouteSpec {
  /** One in `v1`, up to 16 in `v1alpha2`. */
  readonly rules: readonly TCPRouteRule[];
}

export interface TCPRouteRule {
  readonly name?: string | undefined;
  readonly backendRefs: readonly BackendRef[];
}

export type TCPRouteStatus = RouteStatus;

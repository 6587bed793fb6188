import type { BackendRef } from './backend-reference.ts';
import type { HTTPHeaderFilter } from './header-filter.ts';
import type { LocalObjectReference } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import type { CommonRouteSpec } from './parent-reference.ts';
import type { HTTPRequestMirrorFilter } from './request-mirror-filter.ts';
import type { RouteStatus } from './route-status.ts';
import type { SessionPersistence } from './session-persistence.ts';

export interface GRPCRoute extends KubeObject {
  readonly kind: 'GRPCRoute';
  readonly spec: GRPCRouteSpec;
}

export interface GRPCRouteSpec extends CommonRouteSpec {
  readonly hostnames?: readonly string[] | undefined;
  readonly rules?: readonly GRPCRouteRule[] | undefined;
}

export interface GRPCRouteRule {
  readonly name?: string | undefined;
  /** Alternatives; absent or empty matches every call. */
  readonly matches?: readonly GRPCRouteMatch[] | undefined;
  readonly filters?: readonly GRPCRouteFilter[] | undefined;
  readonly backendRefs?: readonly GRPCBackendRef[] | undefined;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface GRPCRouteMatch {
  /** Absent: every service and method. */
  readonly method?: GRPCMethodMatch | undefined;
  readonly headers?: readonly GRPCHeaderMatch[] | undefined;
}

/** At least one of `service` and `method` is present. */
export interface GRPCMethodMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly service?: string | undefined;
  readonly method?: string | undefined;
}

export interface GRPCHeaderMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

export type GRPCRouteFilterType =
  | 'ResponseHeaderModifier'
  | 'RequestHeaderModifier'
  | 'RequestMirror'
  | 'ExtensionRef';

/** A step of request processing: exactly the field that `type` names is present. */
export interface GRPCRouteFilter {
  readonly type: GRPCRouteFilterType;
  readonly requestHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly responseHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly requestMirror?: HTTPRequestMirrorFilter | undefined;
  readonly extensionRef?: LocalObjectReference | undefined;
}

export interface GRPCBackendRef extends BackendRef {
  readonly filters?: readonly GRPCRouteFilter[] | undefined;
}

export type GRPCRouteStatus = RouteStatus;

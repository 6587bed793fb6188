/**
 * The objects that Dragoman reads: Gateway API v1.7.0 with both channels' fields, its own GatewayParameters, and the few
 * fields of core kinds that matter to a gateway. `decode` turns a parsed manifest into a checked, defaulted, small object.
 *
 * @module
 */
export { decode, type Decoded, type Embedded, manifestsIn } from './decode.ts';
export { formatPath, type Problem } from './problem.ts';
export { type Unreadable, unreadable } from './unreadable.ts';
export { keyOf, kindAndKey, type KubeObject, type ObjectMeta } from './object.ts';
export {
  type AnyObject,
  apiVersionOf,
  type KindInfo,
  type KindName,
  type Kinds,
  kinds,
  schemaOf,
} from './kinds.ts';
export type { Manifest } from './manifest.ts';
export { type Duration, durationMs } from './duration.ts';
export { type Quantity, quantityValue } from './quantity.ts';

export type { BackendObjectReference, BackendRef } from './backend-reference.ts';
export type { Condition, ConditionStatus } from './condition.ts';
export type { HTTPCORSFilter, HTTPMethodWithWildcard } from './cors-filter.ts';
export type {
  ForwardBodyConfig,
  GRPCAuthConfig,
  HTTPAuthConfig,
  HTTPExternalAuthFilter,
} from './external-auth-filter.ts';
export type { Fraction } from './fraction.ts';
export type { HTTPHeader, HTTPHeaderFilter } from './header-filter.ts';
export type { LabelSelector, LabelSelectorRequirement } from './label-selector.ts';
export type { LocalObjectReference, ObjectReference, SecretObjectReference } from './object-reference.ts';
export type { CommonRouteSpec, GatewayDefaultScope, ParentReference } from './parent-reference.ts';
export type { HTTPPathModifier, HTTPPathModifierType } from './path-modifier.ts';
export type {
  LocalPolicyTargetReference,
  LocalPolicyTargetReferenceWithSectionName,
} from './policy-reference.ts';
export type { PolicyAncestorStatus, PolicyStatus } from './policy-status.ts';
export type { HTTPRequestMirrorFilter } from './request-mirror-filter.ts';
export type { RouteParentStatus, RouteStatus } from './route-status.ts';
export type { CookieConfig, HeaderConfig, SessionPersistence } from './session-persistence.ts';

export type * from './backend-tls-policy.ts';
export type * from './cluster-trust-bundle.ts';
export type * from './config-map.ts';
export type * from './endpoint-slice.ts';
export type * from './gateway-class.ts';
export type * from './gateway-parameters.ts';
export type * from './gateway.ts';
export type * from './grpc-route.ts';
export type * from './http-route-filter.ts';
export type * from './http-route-match.ts';
export type * from './http-route.ts';
export type * from './ingress.ts';
export type * from './listener-set.ts';
export type * from './listener.ts';
export type * from './namespace.ts';
export type * from './reference-grant.ts';
export type * from './secret.ts';
export type * from './service-cidr.ts';
export type * from './service.ts';
export type * from './tcp-route.ts';
export type * from './tls-route.ts';
export type * from './udp-route.ts';
export type * from './x-backend-traffic-policy.ts';
export type * from './x-backend.ts';
export type * from './x-telemetry-policy.ts';

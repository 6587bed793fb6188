/**
 * The resources of `getambassador.io`, of all versions, in one canonical form, and the annotations that hold them.
 * @module
 */
export { defaultAmbassadorModule } from './ambassador-module.ts';
export { type Addressed, isAddressedTo } from './parts/ambassador-id.ts';
export {
  type Annotated,
  type AnnotationProblem,
  configAnnotation,
  isAnnotatable,
  pathInAnnotation,
  readAnnotation,
} from './annotation.ts';
export type { Dialect, Semantics } from './parts/dialect.ts';
export { settle, type Settled, type Superseded } from './duplicates.ts';
export { type LegacyField, legacyFields } from './fields.ts';
export { inertReason } from './inert.ts';
export { type AllLegacyKinds, legacyGroup, legacyKinds, type LegacyObject } from './kinds.ts';
export {
  defaultLegacySettings,
  isServed,
  type LegacySettings,
  legacySettingsOf,
  wouldServe,
} from './settings.ts';
export { parseServiceName, type ServiceName, type Upstream } from './parts/service-name.ts';
export { unknownVariables, type Variables, withVariables } from './variables.ts';

export type * from './ambassador-module.ts';
export type * from './auth-service.ts';
export type * from './circuit-breaker.ts';
export type * from './parts/circuit-breakers.ts';
export type * from './consul-resolver.ts';
export type * from './parts/cors.ts';
export type * from './dev-portal.ts';
export type * from './parts/error-responses.ts';
export type * from './parts/headers.ts';
export type * from './parts/health-checks.ts';
export type * from './host.ts';
export type * from './parts/keepalive.ts';
export type * from './kubernetes-endpoint-resolver.ts';
export type * from './kubernetes-service-resolver.ts';
export type * from './parts/labels.ts';
export type * from './listener.ts';
export type * from './parts/load-balancer.ts';
export type * from './log-service.ts';
export type * from './mapping-host.ts';
export type * from './mapping-spec.ts';
export type * from './module-parts.ts';
export type * from './module.ts';
export type * from './outlier-detection.ts';
export type * from './pragma.ts';
export type * from './rate-limit-service.ts';
export type * from './parts/regex-map.ts';
export type * from './parts/retry-policy.ts';
export type * from './tcp-mapping.ts';
export type * from './tls-context.ts';
export type * from './tls-module.ts';
export type * from './parts/tls-settings.ts';
export type * from './tracing-service.ts';

/** The Kubernetes API: who is asked, what is followed, what is written. */
export { type Connection, ConnectionError, type ConnectionOptions, loadConnection } from './connection.ts';
export { type ApiResponse, KubeApi, type KubeApiOptions, type RequestOptions } from './client.ts';
export { ApiError, isPassing, isStatus } from './api-error.ts';
export { objectId, objectPath, type RawObject, type ResourceType } from './resource.ts';
export { type KindProblem, type KindStatus, Watches, type WatchesOptions } from './watches.ts';
export type { InfrastructureChange, InstalledKind, ObjectChange, Update } from './update.ts';
export type { LiveObjects } from './infrastructure-store.ts';
export type { ObservedStatus, ObservedStatuses } from './observed-statuses.ts';
export type { ObjectProblem } from './problem.ts';
export {
  type DesiredStatusChange,
  type StatusEvent,
  StatusWriter,
  type StatusWriterOptions,
} from './status-writer.ts';
export type { DesiredStatus } from './status-target.ts';
export { LeaderElection, type LeaderElectionOptions, type Leadership } from './lease.ts';
export { type SecretTexts, secretType, textsOf } from './secret.ts';
export { NamedSecrets, type NamedSecretsOptions } from './named-secrets.ts';
export { OwnedSecrets, type OwnedSecretsOptions, type SecretMetadata } from './owned-secrets.ts';
export { controllerOf } from './ownership.ts';
export { infrastructureTypes } from './infrastructure-types.ts';
export {
  type DesiredInfrastructure,
  type DesiredInfrastructureChange,
  type DesiredObject,
  InfrastructureApplier,
  type InfrastructureApplierOptions,
  type InfrastructureEvent,
} from './infrastructure-applier.ts';

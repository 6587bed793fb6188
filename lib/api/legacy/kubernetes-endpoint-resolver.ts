import type { KubeObject } from '../object.ts';
import type { Addressed } from './parts/ambassador-id.ts';

/** Has requests go to the endpoints of a Service. `endpoint` and `kubernetes-endpoint` are there without being made. */
export interface KubernetesEndpointResolver extends KubeObject {
  readonly kind: 'KubernetesEndpointResolver';
  readonly spec: Addressed;
}

import type { KubeObject } from './object.ts';

/** The fields of a Service that anything here reads. */
export interface Service extends KubeObject {
  readonly kind: 'Service';
  readonly spec: ServiceSpec;
}

export interface ServiceSpec {
  /** `ClusterIP` by default. */
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Absent before one is assigned; `None` for headless Services. */
  readonly clusterIP?: string | undefined;
  readonly externalName?: string | undefined;
  readonly ports?: readonly ServicePort[] | undefined;
}

export interface ServicePort {
  /** Absent only if it is the only port. */
  readonly name?: string | undefined;
  readonly port: number;
  /** A number, or the name of a container's port; `port` by default. */
  readonly targetPort: number | string;
  /** `TCP` by default. */
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** Such as `kubernetes.io/h2c` or `kubernetes.io/ws`. */
  readonly appProtocol?: string | undefined;
}

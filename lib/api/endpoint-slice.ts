import type { KubeObject } from './object.ts';

/** Some of the endpoints of a Service, which the label `kubernetes.io/service-name` names. */
export interface EndpointSlice extends KubeObject {
  readonly kind: 'EndpointSlice';
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** Empty if the manifest has none. */
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointPort[] | undefined;
}

export interface Endpoint {
  /** All reach the same endpoint. */
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions | undefined;
  readonly zone?: string | undefined;
  readonly nodeName?: string | undefined;
}

/** Absent `ready` and `serving` mean true, absent `terminating` means false. */
export interface EndpointConditions {
  readonly ready?: boolean | undefined;
  readonly serving?: boolean | undefined;
  readonly terminating?: boolean | undefined;
}

export interface EndpointPort {
  /** The Service port's name; empty if that has none. */
  readonly name: string;
  /** Absent: all ports. */
  readonly port?: number | undefined;
  /** `TCP` by default. */
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol?: string | undefined;
}

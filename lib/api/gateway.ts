import type { Condition } from './condition.ts';
import type { LabelSelector } from './label-selector.ts';
import type { Listener, ListenerStatus } from './listener.ts';
import type { LocalObjectReference, ObjectReference, SecretObjectReference } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import type { GatewayDefaultScope } from './parent-reference.ts';

export interface Gateway extends KubeObject {
  readonly kind: 'Gateway';
  readonly spec: GatewaySpec;
}

export interface GatewaySpec {
  readonly gatewayClassName: string;
  /** 1 to 64, with unique names. */
  readonly listeners: readonly Listener[];
  readonly addresses?: readonly GatewaySpecAddress[] | undefined;
  readonly infrastructure?: GatewayInfrastructure | undefined;
  /** Absent: no ListenerSet may attach. */
  readonly allowedListeners?: AllowedListeners | undefined;
  readonly tls?: GatewayTLSConfig | undefined;
  readonly defaultScope?: GatewayDefaultScope | undefined;
}

export interface GatewaySpecAddress {
  /** `IPAddress`, `Hostname`, `NamedAddress`, or a name with a domain of its own. */
  readonly type: string;
  /** Absent or empty: one of this type is to be assigned. */
  readonly value?: string | undefined;
  readonly routability?: string | undefined;
}

export interface GatewayStatusAddress {
  readonly type: string;
  readonly value: string;
  readonly routability?: string | undefined;
}

/** What is put on, or configures, the objects made for the Gateway. */
export interface GatewayInfrastructure {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly parametersRef?: LocalParametersReference | undefined;
}

export interface LocalParametersReference extends LocalObjectReference {}

/** Which ListenerSets may attach. */
export interface AllowedListeners {
  readonly namespaces: ListenerNamespaces;
}

export interface ListenerNamespaces {
  /** `None` by default. */
  readonly from: 'All' | 'Selector' | 'Same' | 'None';
  /** Read if `from` is `Selector`. */
  readonly selector?: LabelSelector | undefined;
}

export interface GatewayTLSConfig {
  /** The Gateway as a client of its backends. */
  readonly backend?: GatewayBackendTLS | undefined;
  /** What the Gateway demands of its clients. */
  readonly frontend?: FrontendTLSConfig | undefined;
}

export interface GatewayBackendTLS {
  readonly clientCertificateRef?: SecretObjectReference | undefined;
}

export interface FrontendTLSConfig {
  readonly default: TLSConfig;
  /** Overrides `default` for the HTTPS listeners of a port; ports are unique. */
  readonly perPort?: readonly TLSPortConfig[] | undefined;
}

export interface TLSPortConfig {
  readonly port: number;
  readonly tls: TLSConfig;
}

export interface TLSConfig {
  /** Absent: client certificates are not asked for. */
  readonly validation?: FrontendTLSValidation | undefined;
}

export interface FrontendTLSValidation {
  readonly caCertificateRefs: readonly ObjectReference[];
  /** `AllowInsecureFallback` also lets clients without a valid certificate in. */
  readonly mode: 'AllowValidOnly' | 'AllowInsecureFallback';
}

export interface GatewayStatus {
  readonly addresses?: readonly GatewayStatusAddress[] | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly listeners?: readonly ListenerStatus[] | undefined;
  readonly attachedListenerSets?: number | undefined;
}

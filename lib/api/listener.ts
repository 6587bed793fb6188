import type { Condition } from './condition.ts';
import type { HTTPExternalAuthFilter } from './external-auth-filter.ts';
import type { LabelSelector } from './label-selector.ts';
import type { LocalObjectReference, SecretObjectReference } from './object-reference.ts';

/** `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a name with a domain of its own. */
export type ProtocolType = string;

/** An address's port on which a Gateway accepts connections. */
export interface Listener {
  /** Unique within the Gateway or ListenerSet. */
  readonly name: string;
  readonly hostname?: string | undefined;
  readonly port: number;
  readonly protocol: ProtocolType;
  readonly tls?: ListenerTLSConfig | undefined;
  readonly allowedRoutes: AllowedRoutes;
  readonly filters?: ListenerFilters | undefined;
}

export interface ListenerTLSConfig {
  readonly mode: 'Terminate' | 'Passthrough';
  readonly certificateRefs?: readonly SecretObjectReference[] | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** Which routes may attach: by default those of the same namespace. */
export interface AllowedRoutes {
  readonly namespaces: RouteNamespaces;
  /** Absent or empty: those that fit the protocol. */
  readonly kinds?: readonly RouteGroupKind[] | undefined;
}

export type FromNamespaces = 'All' | 'Selector' | 'Same' | 'None';

export interface RouteNamespaces {
  readonly from: 'All' | 'Selector' | 'Same';
  /** Read if `from` is `Selector`. */
  readonly selector?: LabelSelector | undefined;
}

export interface RouteGroupKind {
  /** `gateway.networking.k8s.io` by default. */
  readonly group: string;
  readonly kind: string;
}

/** Filters that all requests of a listener pass. */
export interface ListenerFilters {
  readonly requests?: readonly ListenerFilter[] | undefined;
}

/** Exactly the field that `type` names is present. */
export interface ListenerFilter {
  readonly type: 'ExternalAuth' | 'ExtensionRef';
  readonly externalAuth?: HTTPExternalAuthFilter | undefined;
  readonly extensionRef?: LocalObjectReference | undefined;
}

/** What the controller says about one listener of a Gateway or ListenerSet. */
export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds?: readonly RouteGroupKind[] | undefined;
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

import type { BackendTLSPolicyValidation } from './backend-tls-policy.ts';
import type { Condition } from './condition.ts';
import type { SecretObjectReference } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import type { ParentReference } from './parent-reference.ts';
import type { SessionPersistence } from './session-persistence.ts';

/** A backend that is not a Service: an outside hostname or endpoints chosen by labels. */
export interface XBackend extends KubeObject {
  readonly kind: 'XBackend';
  readonly spec: BackendSpec;
}

export type BackendProtocol = 'TCP' | 'HTTP' | 'HTTP2' | 'HTTP11' | 'H2C' | 'MCP' | 'GRPC' | 'WSS';

export interface BackendSpec {
  readonly type: 'ExternalHostname' | 'EndpointSelector';
  /** Present if and only if `type` is `ExternalHostname`. */
  readonly externalHostname?: ExternalHostnameBackend | undefined;
  /** Present if and only if `type` is `EndpointSelector`. */
  readonly endpointSelector?: EndpointSelectorBackend | undefined;
  readonly port: BackendPort;
  readonly protocol?: BackendProtocol | undefined;
  readonly tls: BackendTLS;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface BackendPort {
  readonly number?: number | undefined;
}

export interface ExternalHostnameBackend {
  readonly hostname: string;
}

export interface EndpointSelectorBackend {
  readonly matchLabels: Readonly<Record<string, string>>;
}

export interface BackendTLS {
  /** `None` if the object has no `tls`. */
  readonly mode: 'None' | 'ServerOnly' | 'ClientAndServer';
  /** Present unless `mode` is `None`. */
  readonly validation?: BackendTLSPolicyValidation | undefined;
  /** Present if and only if `mode` is `ClientAndServer`. */
  readonly clientCertificateRef?: SecretObjectReference | undefined;
}

export interface BackendStatus {
  readonly ancestors?: readonly BackendAncestorStatus[] | undefined;
}

export interface BackendAncestorStatus {
  readonly ancestorRef: ParentReference;
  readonly controllerName: string;
  readonly conditions?: readonly Condition[] | undefined;
}

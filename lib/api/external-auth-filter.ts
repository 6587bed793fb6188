import type { BackendObjectReference } from './backend-reference.ts';

/** Asks another server whether a request may pass (GEP-1494). */
export interface HTTPExternalAuthFilter {
  /** `GRPC` is Envoy's ext_authz protocol. */
  readonly protocol: 'HTTP' | 'GRPC';
  readonly backendRef: BackendObjectReference;
  /** Present if and only if `protocol` is `GRPC`. */
  readonly grpc?: GRPCAuthConfig | undefined;
  /** Present if and only if `protocol` is `HTTP`. */
  readonly http?: HTTPAuthConfig | undefined;
  readonly forwardBody?: ForwardBodyConfig | undefined;
}

export interface GRPCAuthConfig {
  readonly allowedHeaders?: readonly string[] | undefined;
}

export interface HTTPAuthConfig {
  /** Put before the path of the authorisation request. */
  readonly path?: string | undefined;
  readonly allowedHeaders?: readonly string[] | undefined;
  readonly allowedResponseHeaders?: readonly string[] | undefined;
}

export interface ForwardBodyConfig {
  /** Bytes; larger bodies are truncated; 0 or absent forwards none. */
  readonly maxSize?: number | undefined;
}

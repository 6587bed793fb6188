/** Who is asked whether requests may pass, and with what: HTTPExternalAuthFilter (GEP-1494), and the legacy AuthService. */
export interface ExternalAuth {
  readonly protocol: 'http' | 'grpc';
  /** Absent if it cannot be asked: every request is denied with 500, whatever the rest says. */
  readonly cluster?: string;
  /** gRPC only: `:authority` of the question, which would else be the cluster's name, and that is no valid one. */
  readonly authority?: string;
  /** HTTP only: prepended to the request path. */
  readonly pathPrefix?: string;
  /** Request headers sent to the server; for HTTP some are always. Empty: all for gRPC, the fixed set for HTTP. */
  readonly allowedRequestHeaders: readonly string[] | 'all';
  /** HTTP only: headers of the server's answer copied to the upstream request. */
  readonly allowedResponseHeaders: readonly string[] | 'all';
  /** HTTP only: headers of the server's denial that clients get; absent: all. */
  readonly allowedClientHeaders?: readonly string[];
  /** Sent to the server besides, as metadata if it speaks gRPC; Envoy's `%COMMANDS%` mean what they mean to it. */
  readonly addedHeaders?: readonly { readonly name: string; readonly value: string }[];
  /** Bytes of the body that are sent; 0 for none. */
  readonly maxBody: number;
  /** gRPC only: the body comes as text, so what is no UTF-8 is lost; else as bytes. */
  readonly textBody?: true;
  /** Of a larger body the beginning is sent; else the request is answered with 413. */
  readonly partialBody?: true;
  /** How long the answer may take, ms; `AUTH_TIMEOUT` unless told. Then the request is denied. */
  readonly timeout?: number;
  /** Status of requests about which it cannot be asked, one that Envoy knows; 500 unless told. */
  readonly statusOnError?: number;
  /** Requests about which it cannot be asked pass. */
  readonly passesOnError?: true;
  /** What it changes of a request decides about the route. */
  readonly reroutes?: true;
}

/** How long the authorization server may take unless told, ms. */
export const AUTH_TIMEOUT = 5_000;

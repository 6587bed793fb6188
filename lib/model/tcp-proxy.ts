/** Where the connections of a filter chain go (Envoy `TcpProxy`, sent by ECDS). `key` is `listener/hostname`, see `TcpHandler`. */
export interface TcpProxy {
  readonly key: string;
  readonly fleet: string;
  /** A share for each connection. All weights zero, or none: every connection is closed. */
  readonly backends: readonly TcpBackend[];
  /** A line for each connection on the proxy's standard output. */
  readonly accessLog?: boolean;
}

/** `cluster` absent: the reference is invalid, and this share of connections is closed. */
export interface TcpBackend {
  readonly cluster?: string;
  readonly weight: number;
}

import type { LogServer } from './access-log.ts';
import type { ObjectRef } from './origin.ts';

/** Where the connections of a filter chain go (Envoy `TcpProxy`, sent by ECDS). `key` is `listener/hostname`, see `TcpHandler`. */
export interface TcpProxy {
  readonly key: string;
  readonly fleet: string;
  /** A share for each connection. All weights zero, or none: every connection is closed. */
  readonly backends: readonly TcpBackend[];
  /** ms without a byte either way after which a connection is closed; 0 for never. Absent: an hour. */
  readonly idleTimeout?: number;
  /** A line for each connection on the proxy's standard output. */
  readonly accessLog?: boolean;
  /** Where else each connection is told of. */
  readonly logs?: readonly LogServer[];
  /** Whom to tell what is refused of it; routes are told otherwise. */
  readonly origins?: readonly ObjectRef[];
}

/** `cluster` absent: the reference is invalid, and this share of connections is closed. */
export interface TcpBackend {
  readonly cluster?: string;
  readonly weight: number;
}

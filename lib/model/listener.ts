import type { ObjectRef } from './origin.ts';
import type { TlsVersion } from './cluster.ts';

/**
 * One address and port that the proxies of a fleet bind (Envoy `Listener`): all Gateway and ListenerSet listeners of one
 * Gateway on one port. `key` is `namespace/gateway/port`, with `/udp` for UDP or `/quic` for HTTP/3 after it, and the Envoy
 * listener's name.
 */
export interface Listener {
  readonly key: string;
  readonly fleet: string;
  readonly gateway: ObjectRef;
  /** What the proxy binds. */
  readonly address: string;
  readonly bindPort: number;
  /** The port that clients use, and that redirects name. */
  readonly port: number;
  /**
   * One chain for cleartext; one for each TLS server name set. A chain without server names takes what no other does.
   * In order of `name`.
   */
  readonly chains: readonly FilterChain[];
  /** Set for TCP as it comes: a server may speak first, so nothing is waited for to find out about TLS. */
  readonly raw?: true;
  /** TCP connections begin with the PROXY protocol, of any version, or may. */
  readonly proxyProtocol?: 'required' | 'optional';
  /** Set for UDP, which has no chains. */
  readonly udp?: UdpHandler;
  /** Set for HTTP/3: QUIC on the UDP port, with the chains for HTTPS of the listener beside it. */
  readonly quic?: true;
}

export interface FilterChain {
  /**
   * Unique in the port. The one chain for cleartext HTTP has the name of the port's listener; others name the Gateway's or
   * ListenerSet's listener: `Gateway/namespace/name/section` or `ListenerSet/namespace/name/section`, and after it
   * `/hostname` for server names of its routes.
   */
  readonly name: string;
  /** TLS server names (SNI), exact or `*.suffix`; empty for any. */
  readonly serverNames: readonly string[];
  /** Terminates TLS. Absent for cleartext, and for TLS that passes through. */
  readonly tls?: DownstreamTls;
  /** Set for TLS that passes through: what is no TLS is none of it, also where any server name is. */
  readonly passthrough?: true;
  /** Set where a port has chains for both: what the chain is for. */
  readonly transport?: 'tls' | 'cleartext';
  readonly handler: HttpHandler | TcpHandler;
}

/** TLS that the proxy terminates. Secrets are SDS names, so rotation touches no listener. */
export interface DownstreamTls {
  readonly certificates: readonly string[];
  /** ALPN, in order of preference; empty for none. */
  readonly alpn: readonly string[];
  readonly clientValidation?: ClientValidation;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly cipherSuites?: readonly string[];
}

/** Gateway `spec.tls.frontend` validation (GEP-91). */
export interface ClientValidation {
  /** SDS name of the trust anchors. */
  readonly trust: string;
  /** `AllowInsecureFallback`: a missing or unverified certificate is accepted. */
  readonly insecureFallback: boolean;
}

/** HTTP: an Envoy connection manager whose routes come from the RouteConfiguration of the port. */
export interface HttpHandler {
  readonly type: 'http';
  /** Name of the RouteConfiguration, shared by all chains of the port. */
  readonly routeConfig: string;
  /** A line for each request on the proxy's standard output. */
  readonly accessLog?: boolean;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
  /**
   * Set for HTTPS: the connection manager states it in the request header `MISDIRECT_HEADER`, and virtual hosts of other
   * chains of the port answer 421.
   */
  readonly chainId?: string;
  /** How requests are read, where that is not the usual. */
  readonly reading?: HttpReading;
}

/** What else than usual becomes of requests before they are routed. Absent flags are off. */
export interface HttpReading {
  /** Proxies in front that are trusted with `X-Forwarded-For` and `X-Forwarded-Proto`. */
  readonly trustedHops: number;
  /** Slashes in a row count as one. */
  readonly mergeSlashes?: boolean;
  /** Paths with escaped slashes are answered with 400. */
  readonly rejectEscapedSlashes?: boolean;
  readonly underscores?: 'drop' | 'reject';
  readonly stripHostPort?: boolean;
  readonly http10?: boolean;
  readonly serverName?: string;
}

/** TCP: what is done with connections comes by ECDS, so that routes change no listener, which would end connections. */
export interface TcpHandler {
  readonly type: 'tcp';
  /** Key of the TcpProxy. */
  readonly proxy: string;
}

/** UDP: all datagrams go to one cluster, whose endpoints say where, so that routes change no listener. */
export interface UdpHandler {
  readonly cluster: string;
  /** ms without a datagram either way after which a client is forgotten. */
  readonly idleTimeout: number;
}

/** The request header that carries a chain's identity from its connection manager to the routes, which drop it. */
export const MISDIRECT_HEADER = 'x-dragoman-chain';

/** The routes of one port (Envoy `RouteConfiguration` with VHDS). `key` is its name, the same as the listener's key. */
export interface RouteConfig {
  readonly key: string;
  readonly fleet: string;
  readonly port: number;
  /** Answers say that the port speaks HTTP/3, too. */
  readonly http3?: true;
}

/** Spans of requests, sent by OTLP (XTelemetryPolicy). */
export interface Tracing {
  /** Name of the collector's cluster. */
  readonly cluster: string;
  /** `:authority` of what is sent there. */
  readonly authority: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Parts of a million. */
  readonly sampling: number;
  /** Whether a request that was or was not sampled before is so here, too. */
  readonly followsParent: boolean;
  readonly tags: readonly {
    readonly name: string;
    readonly type: 'header' | 'literal';
    /** The header's name, or the text. */
    readonly value: string;
  }[];
  readonly serviceName?: string;
  readonly spanName?: string;
}

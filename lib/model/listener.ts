import type { PortFilters } from './http-filters.ts';
import type { AccessLog } from './access-log.ts';
import type { ObjectRef } from './origin.ts';
import type { TlsVersion } from './cluster.ts';
import type { Tracing } from './tracing.ts';

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
  /** Bytes buffered for one connection; absent: as Envoy's advice for edge proxies has it. */
  readonly bufferLimit?: number;
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
  readonly ecdhCurves?: readonly string[];
}

/** Gateway `spec.tls.frontend` validation (GEP-91). */
export interface ClientValidation {
  /** SDS name of the trust anchors. */
  readonly trust: string;
  /** `AllowInsecureFallback`: a missing or unverified certificate is accepted. */
  readonly insecureFallback: boolean;
  /** A missing certificate is accepted; one that is shown must be right. */
  readonly optional?: true;
}

/** HTTP: an Envoy connection manager whose routes come from the RouteConfiguration of the port. */
export interface HttpHandler {
  readonly type: 'http';
  /** Name of the RouteConfiguration, shared by all chains of the port. */
  readonly routeConfig: string;
  /** A line for each request on the proxy's standard output. */
  readonly accessLog?: boolean;
  /** Where else each request is told of. */
  readonly logs?: readonly AccessLog[];
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
  /**
   * Set for HTTPS: the connection manager states it in the request header `MISDIRECT_HEADER`, and virtual hosts of other
   * chains of the port answer 421.
   */
  readonly chainId?: string;
  /** How requests are read, where that is not the usual. */
  readonly reading?: HttpReading;
  readonly filters?: PortFilters;
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
  /** Of connections without a request, ms; 0 for none. */
  readonly idleTimeout?: number;
  /** The address of the connection is not the client's: `X-Forwarded-For` is left as it comes. */
  readonly remoteAddressUnused?: boolean;
  readonly keepRequestId?: boolean;
  /** Answers have no headers of Envoy's own, such as how long the backend took. */
  readonly withoutEnvoyHeaders?: boolean;
  /** Names of headers of answers are `Like-This`. */
  readonly properCase?: boolean;
  /** Requests with a length and chunks are taken, by the chunks. */
  readonly chunkedLength?: boolean;
  readonly maxHeadersKib?: number;
  /** Requests of one HTTP/2 connection that may be under way. */
  readonly maxStreams?: number;
  readonly clientCertificate?: ClientCertificateForwarding;
}

/** What becomes of `x-forwarded-client-cert`, and what of the certificate it is told. */
export interface ClientCertificateForwarding {
  readonly mode: 'sanitize' | 'forward' | 'append' | 'set' | 'always-forward';
  readonly details: {
    readonly subject?: boolean;
    readonly cert?: boolean;
    readonly chain?: boolean;
    readonly dns?: boolean;
    readonly uri?: boolean;
  };
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

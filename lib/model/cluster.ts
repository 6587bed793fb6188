import type { ObjectRef } from './origin.ts';
import type { HeaderChanges } from './route.ts';

/** Protocol that the proxy speaks to a backend. `tcp` and `udp` mean no HTTP at all. */
export type UpstreamProtocol = 'http1' | 'http2' | 'tcp' | 'udp';

/**
 * What a proxy reaches: one Service port with one set of TLS settings (Envoy `Cluster`).
 * `key` is the cluster's name, and a function of the other fields, so equal keys mean equal clusters.
 */
export interface Cluster {
  readonly key: string;
  readonly backend: ObjectRef;
  readonly protocol: UpstreamProtocol;
  readonly discovery: EndpointDiscovery | WeightedDiscovery | HostnameDiscovery | ConsulDiscovery;
  readonly retryBudget?: RetryBudget;
  readonly tls?: UpstreamTls;
  /** Accepts WebSocket upgrades; the protocol is `http1` then. */
  readonly websocket?: boolean;
  /** Connections begin with the PROXY protocol of this version. */
  readonly proxyProtocol?: 'v1' | 'v2';
  readonly settings?: ClusterSettings;
}

/** How a cluster is used, where that is not the usual. Times in ms. */
export interface ClusterSettings {
  readonly connectTimeout?: number;
  /** A connection without a request for so long is closed; 0 for never. */
  readonly idleTimeout?: number;
  /** How old a connection may get. */
  readonly maxConnectionDuration?: number;
  readonly limits?: readonly ClusterLimits[];
  readonly balancer?: 'least-request' | 'ring-hash' | 'maglev';
  /** TCP keepalive; s. */
  readonly keepalive?: { readonly probes?: number; readonly idle?: number; readonly interval?: number };
  /** Of names, if given: all addresses of a family are used unless `logical`; looked up again when their time to live is over, or every 5 s. */
  readonly dns?: {
    readonly family?: 'v4' | 'v6' | 'auto';
    readonly logical?: true;
    readonly respectTtl?: true;
  };
  /** Endpoints that fail these get no requests, unless most of them fail. */
  readonly healthChecks?: readonly HealthCheck[];
  /** When an endpoint gets no requests for a while for what it answers. */
  readonly outliers?: OutlierDetection;
  /** In place of its name in statistics. */
  readonly statsName?: string;
  /** Makes it another cluster and nothing else. */
  readonly tag?: string;
}

/** Requests that find out which endpoints are well. Times in ms. */
export interface HealthCheck {
  readonly timeout: number;
  readonly interval: number;
  /** How many in a row must fail, or succeed. */
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  readonly probe: HttpProbe | GrpcProbe;
}

export interface HttpProbe {
  readonly type: 'http';
  readonly path: string;
  readonly host: string;
  readonly headers: HeaderChanges;
  /** Both ends included. */
  readonly statuses: readonly { readonly min: number; readonly max: number }[];
}

/** `grpc.health.v1.Health` of a cluster for HTTP/2. */
export interface GrpcProbe {
  readonly type: 'grpc';
  readonly service: string;
  readonly authority?: string;
}

export interface OutlierDetection {
  /** Answers of 5xx in a row. */
  readonly consecutive5xx: number;
  /** Of the endpoints, at most so many at a time. */
  readonly maxEjectionPercent: number;
  /** ms between looks. */
  readonly interval: number;
}

/** What may be under way at a time; absent: Envoy's own. */
export interface ClusterLimits {
  readonly priority: 'default' | 'high';
  readonly connections?: number;
  readonly pendingRequests?: number;
  readonly requests?: number;
  readonly retries?: number;
}

/** Endpoints of the key `endpoints`, sent by EDS. */
export interface EndpointDiscovery {
  readonly type: 'endpoints';
  /** Service `namespace/name`. */
  readonly service: string;
  /** Service port number. */
  readonly port: number;
  /** Other Services whose endpoints are its own, too. */
  readonly more?: readonly { readonly service: string; readonly port: number }[];
}

/** How many of the requests may be retries. */
export interface RetryBudget {
  /** Of the requests of the interval. */
  readonly percent: number;
  /** ms */
  readonly interval: number;
  /** Retries that may be under way whatever the percentage. */
  readonly minConcurrent: number;
}

/**
 * Endpoints of several Services, each of which gets its share by weight, sent by EDS. What has no endpoints, or no Service,
 * gets its share too, which is lost.
 */
export interface WeightedDiscovery {
  readonly type: 'weighted';
  readonly backends: readonly {
    readonly from?: EndpointDiscovery;
    readonly weight: number;
  }[];
}

/**
 * DNS names that the proxy resolves (Envoy `LOGICAL_DNS`, both families, unless settings say more; `STRICT_DNS` for several;
 * `wait_for_warm_on_init: false`).
 */
export interface HostnameDiscovery {
  readonly type: 'hostname';
  readonly hostname: string;
  readonly port: number;
  /** Other names that are asked in turn with it. */
  readonly more?: readonly { readonly hostname: string; readonly port: number }[];
}

/** What Consul says that passes its checks, sent by EDS. */
export interface ConsulDiscovery {
  readonly type: 'consul';
  /** `host:port` of an agent. */
  readonly address: string;
  readonly datacenter: string;
  readonly service: string;
}

/** TLS that the proxy originates (BackendTLSPolicy, Gateway `spec.tls.backend`). */
export interface UpstreamTls {
  /** SNI, none if empty, and the name that the certificate must hold unless `subjectAltNames` says otherwise. */
  readonly sni: string;
  /** Trust anchors: SDS name of a validation context, or the system's; `none` verifies nothing, as legacy resources may ask. */
  readonly trust:
    | { readonly type: 'bundle'; readonly secret: string }
    | { readonly type: 'system' }
    | { readonly type: 'none' };
  /** If set, one of these must match instead of `sni`; any name will do if it is empty. */
  readonly subjectAltNames?: readonly SubjectAltName[];
  /** SDS name of the client certificate. */
  readonly clientCertificate?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly cipherSuites?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly alpn?: readonly string[];
}

export interface SubjectAltName {
  readonly type: 'DNS' | 'URI';
  readonly value: string;
}

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

/** The endpoints of one cluster (Envoy `ClusterLoadAssignment`); `key` is the cluster's. */
export interface Endpoints {
  readonly key: string;
  /** In the order of zone, then address. */
  readonly endpoints: readonly Endpoint[];
  /** Whoever knows them has not answered yet: what needs the cluster waits, and what was there before serves. */
  readonly pending?: true;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly zone?: string;
  /** A terminating endpoint that still serves is used only if no other is left. */
  readonly draining?: boolean;
  /** Its share among the others; all have one, or none. */
  readonly weight?: number;
}

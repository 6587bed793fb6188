/**
 * What all requests of a port go through before they are routed, whatever their hostname, and their answers on the way back.
 * Absent: nothing of the kind. It is in the listener, so that an edit ends its connections after the drain time.
 */
export interface PortFilters {
  /** gRPC calls of clients for HTTP/1.1: the status of the answer's trailers is in its headers. */
  readonly grpcHttp11Bridge?: true;
  /** Makes gRPC of gRPC-Web, on every route. */
  readonly grpcWeb?: true;
  readonly grpcStats?: GrpcStats;
  /** A script with `envoy_on_request` or `envoy_on_response`. */
  readonly lua?: string;
  readonly gzip?: Gzip;
  /** Requests are taken as a whole before they go on, if they have no more than so many bytes. */
  readonly maxRequestBytes?: number;
  /** Bodies in place of those of errors, unless a route has its own. */
  readonly errors?: readonly ErrorResponse[];
}

/** Which calls are counted by their methods. */
export interface GrpcStats {
  readonly methods:
    | 'all'
    | 'none'
    | readonly { readonly service: string; readonly methods: readonly string[] }[];
  readonly upstreamTimes: boolean;
}

/** Compression of answers; absent: as Envoy does. */
export interface Gzip {
  readonly memoryLevel?: number;
  readonly windowBits?: number;
  readonly level?: GzipLevel;
  readonly strategy?: GzipStrategy;
  readonly minBytes?: number;
  readonly contentTypes?: readonly string[];
  readonly exceptWithEtag?: boolean;
  readonly dropAcceptEncoding?: boolean;
}

export type GzipLevel = 'default' | 'speed' | 'best' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
export type GzipStrategy = 'default' | 'filtered' | 'huffman' | 'rle' | 'fixed';

/** The body of answers of one status, of backends and of the proxy itself, in Envoy's format with its `%COMMANDS%`. */
export interface ErrorResponse {
  readonly status: number;
  readonly body:
    | { readonly type: 'text'; readonly format: string }
    | { readonly type: 'json'; readonly fields: Readonly<Record<string, string>> };
  readonly contentType?: string;
}

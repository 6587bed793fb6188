/** Who is asked by gRPC (Envoy's `ratelimit.v3`) whether a request is one too many, if its route has descriptors. */
export interface RateLimitServer {
  /** Absent if it cannot be asked: as if it never answered. */
  readonly cluster?: string;
  /** `:authority` of the question. */
  readonly authority: string;
  readonly domain: string;
  /** ms */
  readonly timeout: number;
  /** Without an answer requests are refused with 500, and else pass. */
  readonly deniesOnError?: true;
  /** What is refused of gRPC is told `RESOURCE_EXHAUSTED` and not `UNAVAILABLE`. */
  readonly resourceExhausted?: true;
}

/** What is told of a request, in order; none of it if one of its entries is not to be had. */
export type RateLimitDescriptor = readonly RateLimitEntry[];

export type RateLimitEntry =
  | { readonly type: 'source-cluster' | 'destination-cluster' | 'remote-address' }
  | { readonly type: 'constant'; readonly key: string; readonly value: string }
  | {
    readonly type: 'header';
    readonly key: string;
    readonly header: string;
    /** Without the header the entry alone is left out. */
    readonly optional?: true;
  };

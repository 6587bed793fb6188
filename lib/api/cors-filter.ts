import type { HTTPMethod } from './http-route-match.ts';

export type HTTPMethodWithWildcard = HTTPMethod | '*';

/** Answers preflight requests and adds the CORS response headers (GEP-1767). */
export interface HTTPCORSFilter {
  /** `*`, or `scheme://host[:port]` where the host may begin with `*.`. */
  readonly allowOrigins?: readonly string[] | undefined;
  readonly allowCredentials?: boolean | undefined;
  readonly allowMethods?: readonly HTTPMethodWithWildcard[] | undefined;
  readonly allowHeaders?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Seconds; 5 by default. */
  readonly maxAge: number;
}

import { durationMs, type HTTPRouteRetry, type HTTPRouteTimeouts } from '../../lib/api/mod.ts';
import type { ForwardAction, RetryPolicy } from '../../lib/model/mod.ts';

/** Timeouts (GEP-1742): `0s` and absence mean none, since a long answer is no failure unless someone says so. */
export function translateTimeouts(
  timeouts: HTTPRouteTimeouts | undefined,
): Pick<ForwardAction, 'timeout' | 'tryTimeout'> {
  const { request, backendRequest } = timeouts ?? {};
  return {
    timeout: request === undefined ? 0 : durationMs(request),
    ...(backendRequest === undefined ? {} : { tryTimeout: durationMs(backendRequest) }),
  };
}

/** Retries (GEP-1731): of failures to connect always, of answers by their codes; none for zero attempts. */
export function translateRetry(retry: HTTPRouteRetry | undefined): RetryPolicy | undefined {
  if (retry === undefined || retry.attempts === 0) return undefined;
  const { attempts, codes = [], backoff } = retry;
  return {
    attempts,
    codes,
    connectionErrors: true,
    // Envoy has no pause of nothing.
    ...(backoff === undefined ? {} : { backoff: Math.max(1, durationMs(backoff)) }),
  };
}

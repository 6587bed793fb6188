import { durationMs, type HTTPRouteRetry, type HTTPRouteTimeouts } from '../../lib/api/mod.ts';
import { type ForwardAction, type RetryPolicy, STREAM_IDLE_TIMEOUT } from '../../lib/model/mod.ts';

/**
 * Timeouts (GEP-1742): `0s` and absence mean none, since a long answer is no failure unless someone says so. One that is
 * stated also stands for that of idle streams if it is longer, which would end the request before.
 */
export function translateTimeouts(
  timeouts: HTTPRouteTimeouts | undefined,
): Pick<ForwardAction, 'timeout' | 'tryTimeout' | 'idleTimeout'> {
  const { request, backendRequest } = timeouts ?? {};
  const stated = request ?? backendRequest;
  const idle = stated === undefined ? STREAM_IDLE_TIMEOUT : durationMs(stated);
  return {
    timeout: request === undefined ? 0 : durationMs(request),
    ...(idle === 0 || idle > STREAM_IDLE_TIMEOUT ? { idleTimeout: idle } : {}),
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

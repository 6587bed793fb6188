import { setTimeout as sleep } from 'node:timers/promises';
import { adminRequest, type AdminRequestOptions } from './admin.ts';
import { IN_FLIGHT } from './bootstrap-drain.ts';
import type { Address } from './bootstrap-parts.ts';

export interface DrainOptions {
  /** Upper bound of the whole drain. */
  readonly timeoutMs: number;
  /** How long no request may be in flight before idle HTTP connections count as drained. */
  readonly quietMs: number;
}

/** What keeps an Envoy busy. */
export interface Activity {
  /** Downstream connections of all listeners. */
  readonly connections: number;
  readonly httpConnections: number;
  readonly httpRequests: number;
}

/**
 * Asks Envoy to send its clients away (`Connection: close`, GOAWAY) and waits until the last request is answered and the
 * last connection that is not HTTP is closed, or time is up. True if nothing was in flight at the end. Never rejects: an
 * Envoy that is gone has nothing to wait for, and one that is slow to answer may have all of the time.
 */
export async function drain(admin: Address, { timeoutMs, quietMs }: DrainOptions): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const left = (): number => Math.max(1, deadline - performance.now());
  try {
    await adminRequest(admin, '/healthcheck/fail', { method: 'POST', timeoutMs: left() });
    await adminRequest(admin, '/drain_listeners?graceful', { method: 'POST', timeoutMs: left() });
    let quietSince: number | undefined;
    while (performance.now() < deadline) {
      const { connections, httpConnections, httpRequests } = await activity(admin, { timeoutMs: left() });
      if (connections === 0) return true;
      const busy = httpRequests > 0 || connections > httpConnections;
      if (busy) quietSince = undefined;
      else quietSince ??= performance.now();
      if (quietSince !== undefined && performance.now() - quietSince >= quietMs) return true;
      await sleep(50);
    }
    return false;
  } catch {
    return true;
  }
}

/** From the gauges `IN_FLIGHT`. */
export async function activity(
  admin: Address,
  options: Pick<AdminRequestOptions, 'timeoutMs'> = {},
): Promise<Activity> {
  const { body } = await adminRequest(admin, `/stats?filter=${encodeURIComponent(IN_FLIGHT)}`, options);
  const sum = { connections: 0, httpConnections: 0, httpRequests: 0 };
  for (const line of body.split('\n')) {
    const [, name = '', value] = /^(\S+): (\d+)$/.exec(line) ?? [];
    // The admin interface counts this very request, and each worker counts for itself again.
    if (value === undefined || /^(http|listener)\.admin\.|\.worker_\d+\./.test(name)) continue;
    if (name.startsWith('listener.')) sum.connections += Number(value);
    else if (name.endsWith('.downstream_cx_active')) sum.httpConnections += Number(value);
    else sum.httpRequests += Number(value);
  }
  return sum;
}

/** What tests say about answers and statuses, in a line each. */

import assert from 'node:assert/strict';
import type { Condition, RouteStatus } from '../../lib/api/mod.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import type { Standalone } from './standalone.ts';

export interface Case extends Omit<RequestOptions, 'port'> {
  /** Name of the backend that answers 200, or the status that the proxy answers by itself. */
  readonly to: string | number;
}

/** Sends each case by itself to one port. */
export async function expectAnswers(port: number, cases: readonly Case[]): Promise<void> {
  for (const { to, ...request } of cases) {
    const answer = await send({ port, ...request });
    const got = answer.status === 200 && answer.seen !== undefined ? answer.seen.name : answer.status;
    assert.equal(got, to, `${JSON.stringify(request)}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }
}

/** Sends the same request many times, `parallel` at once, and counts the backends and statuses that answer. */
export async function tally(
  request: RequestOptions,
  { times, parallel = 25 }: { readonly times: number; readonly parallel?: number },
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  let left = times;
  async function work(): Promise<void> {
    while (left-- > 0) {
      const { status, seen } = await send(request);
      const key = status === 200 && seen !== undefined ? seen.name : String(status);
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return counts;
}

/**
 * That a count of independent draws fits its probability: within six standard deviations, which a sound proxy misses
 * about once in 500 million runs.
 */
export function assertShare(
  count: number | undefined,
  { of, share, what }: { readonly of: number; readonly share: number; readonly what: string },
): void {
  const expected = of * share;
  const tolerance = 6 * Math.sqrt(of * share * (1 - share));
  const off = Math.abs((count ?? 0) - expected);
  assert.ok(off <= tolerance, `${what}: ${count ?? 0} of ${of}, expected ${expected} ± ${tolerance}`);
}

/** Conditions of a route at its n-th parent, such as `{ Accepted: 'True/Accepted' }`. */
export function parentConditions(
  dragoman: Standalone,
  { route, kind = 'HTTPRoute', parent = 0 }: {
    readonly route: string;
    readonly kind?: string;
    readonly parent?: number;
  },
): Readonly<Record<string, string>> {
  const status = dragoman.status(`${kind}/default/${route}`) as RouteStatus | undefined;
  return conditions(status?.parents[parent]?.conditions);
}

export function conditions(list: readonly Condition[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((list ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]));
}

/** Conditions of a route that is served as it is written. */
export const ALL_WELL = { Accepted: 'True/Accepted', ResolvedRefs: 'True/ResolvedRefs' } as const;

/** The values of a header that the backend saw, as one text. */
export function seenHeader({ seen }: Answer, name: string): string | undefined {
  const value = seen?.headers[name];
  return value === undefined ? undefined : typeof value === 'string' ? value : value.join(', ');
}

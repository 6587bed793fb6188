import { Backoff } from './backoff.ts';

/** The status that an object should have, without times. */
export interface DesiredStatus {
  /** `Kind/namespace/name`, or `Kind/name`. */
  readonly key: string;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Of the object that it was computed from. */
  readonly generation: number;
  readonly status: unknown;
}

/** One object that we have something to say about. */
export interface Target {
  desired: DesiredStatus;
  /** When a write was first wanted; absent while there is nothing to do. */
  since: number | undefined;
  writing: boolean;
  /** While it waits to be tried again. */
  timer: NodeJS.Timeout | undefined;
  /** The resource version that turned out to be an old one. */
  stale: string | undefined;
  failures: Backoff | undefined;
  /** What the last write was for, and what the API server made of it: it drops fields that it does not know. */
  written: { readonly desired: DesiredStatus; readonly status: string } | undefined;
  /** Of writes for the same desired status, and when the next may be made. */
  repairs: { readonly backoff: Backoff; readonly next: number } | undefined;
}

export function newTarget(desired: DesiredStatus): Target {
  return {
    desired,
    since: undefined,
    writing: false,
    timer: undefined,
    stale: undefined,
    failures: undefined,
    written: undefined,
    repairs: undefined,
  };
}

/** Nothing is to be done, as far as is known. */
export function settle(target: Target): void {
  clearTimeout(target.timer);
  target.timer = undefined;
  target.since = undefined;
  target.stale = undefined;
}

/**
 * How long to wait, ms, before the same status is written once more; with 0 that counts as done. Two controllers that
 * undo each other's work must not keep the API server busy with it.
 */
export function repairDelay(target: Target, [baseMs, maxMs]: readonly [number, number]): number {
  const now = performance.now();
  const { repairs } = target;
  if (repairs !== undefined && now < repairs.next) return repairs.next - now;
  const backoff = repairs !== undefined && now - repairs.next <= maxMs
    ? repairs.backoff
    : new Backoff({ baseMs, maxMs });
  target.repairs = { backoff, next: now + backoff.next() };
  return 0;
}

const LONGEST_MS = 30_000;

/** A process that ran this long was well. A kubelet waits for 10 minutes; tests have no time for that. */
export const WELL_MS = 10_000;

/** How long to wait before a container is started again after so many ends in a row: the first time not at all. */
export function restartDelayMs(ends: number): number {
  return ends <= 1 ? 0 : Math.min(1000 * 2 ** (ends - 2), LONGEST_MS);
}

import { z } from 'zod';

/** A GEP-2257 duration, such as `1h30m` or `250ms`. */
export type Duration = string;

const EXPECTED = 'up to four numbers with h, m, s or ms, such as 1h30m or 250ms';

export const durationSchema: z.ZodType<Duration> = z.string(EXPECTED)
  .regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/, EXPECTED);

const msPerUnit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A decoded duration in ms. */
export function durationMs(duration: Duration): number {
  let ms = 0;
  for (const [, digits, unit = ''] of duration.matchAll(/(\d+)(ms|h|m|s)/g)) {
    ms += Number(digits) * (msPerUnit[unit] ?? 0);
  }
  return ms;
}

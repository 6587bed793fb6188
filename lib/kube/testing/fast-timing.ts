import type { ReflectorTiming } from '../reflector.ts';

/** Delays that tests can wait for; nothing ends by itself. */
export const fastTiming: Partial<ReflectorTiming> = {
  retryMs: 2,
  maxRetryMs: 20,
  forbiddenMs: 30,
  forbiddenProofMs: 10,
  absentMs: 60_000,
  idleMs: 60_000,
};

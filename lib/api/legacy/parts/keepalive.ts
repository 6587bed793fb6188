import { z } from 'zod';

import { defined } from './defined.ts';
import { countSchema } from './scalars.ts';

/** TCP keepalive of connections to backends. */
export interface Keepalive {
  readonly probes?: number | undefined;
  readonly idleTimeSeconds?: number | undefined;
  readonly intervalSeconds?: number | undefined;
}

export const keepaliveSchema: z.ZodType<Keepalive> = z.object({
  probes: countSchema.optional(),
  idle_time: countSchema.optional(),
  interval: countSchema.optional(),
}).transform(({ probes, idle_time, interval }) =>
  defined({ probes, idleTimeSeconds: idle_time, intervalSeconds: interval })
);

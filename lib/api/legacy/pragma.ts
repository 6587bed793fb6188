import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import type { Opaque } from '../opaque.ts';

/** A note of v0 about where resources come from; it has no effect on traffic. */
export interface Pragma extends KubeObject {
  readonly kind: 'Pragma';
  readonly spec: Opaque;
}

export const pragmaSpec: z.ZodType<Opaque> = z.record(z.string(), z.unknown());

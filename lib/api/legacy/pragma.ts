import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import type { Opaque } from '../opaque.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';

/** A note of v0 about where resources come from; it has no effect on traffic. */
export interface Pragma extends KubeObject {
  readonly kind: 'Pragma';
  readonly spec: PragmaSpec;
}

export interface PragmaSpec extends Addressed {
  readonly notes: Opaque;
}

export const pragmaSpec: z.ZodType<PragmaSpec> = z.looseObject({ ambassador_id: ambassadorIdField })
  .transform(({ ambassador_id, ...notes }) => ({ ambassadorIds: ambassadorIdsOf(ambassador_id), notes }));

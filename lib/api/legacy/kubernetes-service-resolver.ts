import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';

/** Has requests go to the address of a Service, found by DNS. `kubernetes-service` is there without being made. */
export interface KubernetesServiceResolver extends KubeObject {
  readonly kind: 'KubernetesServiceResolver';
  readonly spec: Addressed;
}

/** The `spec` of resolvers that have no settings, of any version. */
export const plainResolverSpec: z.ZodType<Addressed> = z.object({ ambassador_id: ambassadorIdField })
  .transform(({ ambassador_id }) => ({ ambassadorIds: ambassadorIdsOf(ambassador_id) }));

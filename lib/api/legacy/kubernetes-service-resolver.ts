import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import type { Dialect } from './parts/dialect.ts';

/** Has requests go to the address of a Service, found by DNS. `kubernetes-service` is there without being made. */
export interface KubernetesServiceResolver extends KubeObject {
  readonly kind: 'KubernetesServiceResolver';
  readonly spec: Addressed;
}

/** The `spec` of resolvers that have no settings. */
export function plainResolverSpec(dialect: Dialect): z.ZodType<Addressed> {
  return z.object({ ambassador_id: ambassadorIdField(dialect) })
    .transform(({ ambassador_id }) => ({ ambassadorIds: ambassadorIdsOf(ambassador_id) }));
}

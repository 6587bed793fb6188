import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';

export interface ConsulResolver extends KubeObject {
  readonly kind: 'ConsulResolver';
  readonly spec: ConsulResolverSpec;
}

/** Has requests go to what Consul says a name stands for. */
export interface ConsulResolverSpec extends Addressed {
  /** `HOST:PORT` of Consul; empty if it is missing, which makes it useless, as does a missing `datacenter`. */
  readonly address: string;
  readonly datacenter: string;
}

/** The `spec` of a ConsulResolver of any version. */
export const consulResolverSpec: z.ZodType<ConsulResolverSpec> = z.object({
  ambassador_id: ambassadorIdField,
  address: z.string().default(''),
  datacenter: z.string().default(''),
}).transform(({ ambassador_id, ...rest }) => ({ ...rest, ambassadorIds: ambassadorIdsOf(ambassador_id) }));

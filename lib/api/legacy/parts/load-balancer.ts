import { z } from 'zod';

import { camel } from './camel.ts';
import { defined } from './defined.ts';
import { secondsSchema } from './scalars.ts';

/** How requests are spread over endpoints. Policies that hash need exactly one of the three fields after the policy. */
export interface LoadBalancer {
  readonly policy: 'round_robin' | 'least_request' | 'ring_hash' | 'maglev';
  readonly cookie?: HashCookie | undefined;
  /** A header's name. */
  readonly header?: string | undefined;
  readonly sourceIp?: boolean | undefined;
}

export interface HashCookie {
  readonly name: string;
  readonly path?: string | undefined;
  /** With it Envoy makes the cookie for clients that have none. */
  readonly ttlMs?: number | undefined;
}

const cookieSchema: z.ZodType<HashCookie> = z.object({
  name: z.string(),
  path: z.string().optional(),
  ttl: secondsSchema.optional(),
}).transform(({ ttl, ...cookie }) => defined({ ...cookie, ttlMs: ttl }));

export const loadBalancerSchema: z.ZodType<LoadBalancer> = z.object({
  policy: z.enum(['round_robin', 'least_request', 'ring_hash', 'maglev']),
  cookie: cookieSchema.optional(),
  header: z.string().optional(),
  source_ip: z.boolean().optional(),
}).transform(camel);

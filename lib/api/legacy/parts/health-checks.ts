import { z } from 'zod';

import { camel } from './camel.ts';
import { type AddedHeader, addedHeaders } from './headers.ts';
import { countSchema, goDurationSchema } from './scalars.ts';

/** Requests that find out which endpoints are well. */
export interface HealthCheck {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** Exactly one of the two, unless it is a mistake. */
  readonly http?: HTTPHealthCheck | undefined;
  readonly grpc?: GRPCHealthCheck | undefined;
}

export interface HTTPHealthCheck {
  readonly path: string;
  readonly hostname?: string | undefined;
  readonly addRequestHeaders?: readonly AddedHeader[] | undefined;
  readonly removeRequestHeaders?: readonly string[] | undefined;
  /** Status codes, both ends included; 200 by default. */
  readonly expectedStatuses?: readonly StatusRange[] | undefined;
}

export interface StatusRange {
  readonly min: number;
  readonly max: number;
}

export interface GRPCHealthCheck {
  /** The `service` that the endpoint is asked about. */
  readonly upstreamName: string;
  readonly authority?: string | undefined;
}

const statusSchema = z.int().min(100).max(599);

const httpSchema: z.ZodType<HTTPHealthCheck> = z.object({
  path: z.string(),
  hostname: z.string().optional(),
  add_request_headers: addedHeaders('v3alpha1').optional(),
  remove_request_headers: z.array(z.string()).optional(),
  expected_statuses: z.array(z.object({ min: statusSchema, max: statusSchema })).optional(),
}).transform(camel);

const grpcSchema: z.ZodType<GRPCHealthCheck> = z.object({
  upstream_name: z.string(),
  authority: z.string().optional(),
}).transform(camel);

/** The same in all versions: v2 has it, as `v3health_checks`, only to be converted. */
export const healthChecksSchema: z.ZodType<readonly HealthCheck[]> = z.array(
  z.object({
    timeout: goDurationSchema.optional(),
    interval: goDurationSchema.optional(),
    unhealthy_threshold: countSchema.default(2),
    healthy_threshold: countSchema.default(1),
    health_check: z.object({ http: httpSchema.optional(), grpc: grpcSchema.optional() }),
  }).transform((check): HealthCheck => ({
    timeoutMs: check.timeout ?? 3000,
    intervalMs: check.interval ?? 5000,
    unhealthyThreshold: check.unhealthy_threshold,
    healthyThreshold: check.healthy_threshold,
    ...check.health_check,
  })),
);

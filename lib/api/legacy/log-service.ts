import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { defined } from './parts/defined.ts';
import type { Dialect } from './parts/dialect.ts';
import { countSchema } from './parts/scalars.ts';
import { without } from './parts/shape.ts';

export interface LogService extends KubeObject {
  readonly kind: 'LogService';
  readonly spec: LogServiceSpec;
}

/** A gRPC service that gets access logs. */
export interface LogServiceSpec extends Addressed {
  readonly service: string;
  /** Whether it logs connections or requests. */
  readonly driver?: 'tcp' | 'http' | undefined;
  /** Only for requests. */
  readonly additionalLogHeaders: readonly LogHeader[];
  readonly flushIntervalSeconds: number;
  readonly flushIntervalBytes: number;
  readonly grpc: boolean;
  /** Of Envoy's API. Emissary 3 and later refuse a service that does not say `v3`. */
  readonly protocolVersion?: 'v2' | 'v3' | undefined;
  readonly statsName?: string | undefined;
}

/** A header that is logged, and where it may come from. */
export interface LogHeader {
  readonly headerName: string;
  readonly duringRequest: boolean;
  readonly duringResponse: boolean;
  readonly duringTrailer: boolean;
}

const driverConfigSchema = z.object({
  additional_log_headers: z.array(
    z.object({
      header_name: z.string().default(''),
      during_request: z.boolean().default(true),
      during_response: z.boolean().default(true),
      during_trailer: z.boolean().default(true),
    }).transform(camel),
  ).default([]),
});

/** The `spec` of a LogService of one version; v0 has none. */
export function logServiceSpec(dialect: Dialect): z.ZodType<LogServiceSpec> {
  return without({
    ambassador_id: ambassadorIdField,
    service: z.string().default(''),
    driver: z.enum(['tcp', 'http']).optional(),
    driver_config: driverConfigSchema.optional(),
    flush_interval_time: z.int().min(0).default(1),
    flush_interval_byte_size: countSchema.default(16_384),
    grpc: z.boolean().default(false),
    protocol_version: z.enum(['v2', 'v3']).optional(),
    stats_name: z.string().optional(),
    v3StatsName: z.string().optional(),
  }, dialect === 'v3alpha1' ? [] : ['stats_name']).transform((written) =>
    defined({
      ambassadorIds: ambassadorIdsOf(written.ambassador_id),
      service: written.service,
      driver: written.driver,
      additionalLogHeaders: written.driver_config?.additional_log_headers ?? [],
      flushIntervalSeconds: written.flush_interval_time,
      flushIntervalBytes: written.flush_interval_byte_size,
      grpc: written.grpc,
      protocolVersion: written.protocol_version,
      statsName: written.stats_name ?? written.v3StatsName,
    })
  );
}

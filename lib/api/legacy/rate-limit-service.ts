import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { defined } from './parts/defined.ts';
import type { Dialect } from './parts/dialect.ts';
import { msSchema } from './parts/scalars.ts';
import { tlsField, type Upstream, upstreamOf } from './parts/service-name.ts';
import { cosmetic, only } from './parts/shape.ts';

export interface RateLimitService extends KubeObject {
  readonly kind: 'RateLimitService';
  readonly spec: RateLimitServiceSpec;
}

/** The gRPC service that says which requests are too many. */
export interface RateLimitServiceSpec extends Addressed, Upstream {
  /** Labels of other domains are not sent; by default that of the Module's `default_label_domain`. */
  readonly domain?: string | undefined;
  readonly timeoutMs: number;
  /** Whether requests are refused when it cannot be asked. */
  readonly failureModeDeny: boolean;
  /** Of Envoy's API. Emissary 3 and later refuse a service that does not say `v3`. */
  readonly protocolVersion?: 'v2' | 'v3' | undefined;
  /** Whether gRPC clients are told `RESOURCE_EXHAUSTED` instead of `UNAVAILABLE`. */
  readonly useResourceExhaustedCode: boolean;
  readonly statsName?: string | undefined;
}

/** The `spec` of a RateLimitService of one version. */
export function rateLimitServiceSpec(dialect: Dialect): z.ZodType<RateLimitServiceSpec> {
  const all = {
    ambassador_id: ambassadorIdField,
    service: z.string(),
    tls: tlsField,
    domain: z.string().optional(),
    timeout_ms: msSchema.default(20),
    failure_mode_deny: z.boolean().default(false),
    protocol_version: z.enum(['v2', 'v3']).optional(),
    grpc: z.object({ use_resource_exhausted_code: z.boolean().default(false) }).optional(),
    stats_name: z.string().optional(),
    v3StatsName: z.string().optional(),
    v2ExplicitTLS: cosmetic,
  };
  const schema = dialect === 'v0'
    ? only(all, ['ambassador_id', 'service', 'timeout_ms'])
    : dialect === 'v3alpha1'
    ? z.object(all)
    : only(all, [
      'ambassador_id',
      'service',
      'tls',
      'domain',
      'timeout_ms',
      'protocol_version',
      'v3StatsName',
    ]);
  return schema.transform((written) => {
    const { ambassador_id, service, tls, grpc, stats_name, v3StatsName, ...rest } = written;
    return defined({
      ...camel(rest),
      ...upstreamOf(service, tls),
      ambassadorIds: ambassadorIdsOf(ambassador_id),
      failureModeDeny: rest.failure_mode_deny ?? false,
      useResourceExhaustedCode: grpc?.use_resource_exhausted_code ?? false,
      statsName: stats_name ?? v3StatsName,
    });
  });
}

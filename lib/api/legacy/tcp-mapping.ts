import { z } from 'zod';

import { portNumberSchema } from '../names.ts';
import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { type CircuitBreaker, circuitBreakersSchema } from './parts/circuit-breakers.ts';
import { defined } from './parts/defined.ts';
import type { Dialect } from './parts/dialect.ts';
import { tlsField, type Upstream, upstreamOf } from './parts/service-name.ts';
import { cosmetic, without } from './parts/shape.ts';

export interface TCPMapping extends KubeObject {
  readonly kind: 'TCPMapping';
  readonly spec: TCPMappingSpec;
}

/** Where connections to a port go. */
export interface TCPMappingSpec extends Addressed, Upstream {
  readonly port: number;
  /** An address to listen on instead of all. */
  readonly address?: string | undefined;
  /** The server name by which TLS connections are told apart, whose certificate a Host or TLSContext has. */
  readonly host?: string | undefined;
  /** Share of the connections; those without one share what is left of 100. */
  readonly weight?: number | undefined;
  readonly circuitBreakers?: readonly CircuitBreaker[] | undefined;
  readonly resolver?: string | undefined;
  readonly enableIpv4?: boolean | undefined;
  readonly enableIpv6?: boolean | undefined;
  readonly clusterTag?: string | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly statsName?: string | undefined;
}

/** A string by mistake of the first version, kept ever since. */
const idleTimeoutSchema = z.string().regex(
  /^[0-9]{1,12}$/,
  'a number of milliseconds in quotes, such as "5000"',
)
  .transform(Number);

/** The `spec` of a TCPMapping of one version. */
export function tcpMappingSpec(dialect: Dialect): z.ZodType<TCPMappingSpec> {
  return without({
    ambassador_id: ambassadorIdField,
    port: portNumberSchema,
    address: z.string().optional(),
    host: z.string().optional(),
    service: z.string(),
    tls: tlsField,
    weight: z.int().min(0).optional(),
    circuit_breakers: circuitBreakersSchema.optional(),
    resolver: z.string().optional(),
    enable_ipv4: z.boolean().optional(),
    enable_ipv6: z.boolean().optional(),
    cluster_tag: z.string().optional(),
    idle_timeout_ms: idleTimeoutSchema.optional(),
    stats_name: z.string().optional(),
    v3StatsName: z.string().optional(),
    v2ExplicitTLS: cosmetic,
  }, dialect === 'v3alpha1' ? [] : ['stats_name', 'v2ExplicitTLS']).transform((written) => {
    const { ambassador_id, service, tls, stats_name, v3StatsName, ...rest } = written;
    return defined({
      ...camel(rest),
      ...upstreamOf(service, tls),
      ambassadorIds: ambassadorIdsOf(ambassador_id),
      statsName: stats_name ?? v3StatsName,
    });
  });
}

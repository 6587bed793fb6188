import type {
  AddedHeader,
  AmbassadorModule,
  CircuitBreakerV0,
  HealthCheck as LegacyCheck,
  MappingSpec,
  OutlierDetectionV0,
} from '../../lib/api/legacy/mod.ts';
import type { ClusterLimits, ClusterSettings, HealthCheck } from '../../lib/model/mod.ts';

/** What resources say of the clusters of their services; the fewest say all of it. */
export type ClusterSpec =
  & Partial<
    Pick<
      MappingSpec,
      | 'connectTimeoutMs'
      | 'clusterIdleTimeoutMs'
      | 'clusterMaxConnectionLifetimeMs'
      | 'circuitBreakers'
      | 'keepalive'
      | 'statsName'
      | 'loadBalancer'
      | 'clusterTag'
      | 'enableIpv4'
      | 'enableIpv6'
      | 'dnsType'
      | 'respectDnsTtl'
      | 'healthChecks'
    >
  >
  & {
    /** CircuitBreaker and OutlierDetection of v0 that are named. */
    readonly limits?: CircuitBreakerV0['spec'] | undefined;
    readonly outliers?: OutlierDetectionV0['spec'] | undefined;
  };

/** Of whoever says none; ms. */
const CONNECT_TIMEOUT = 3_000;

/** How the cluster of a service is used, with what the Module says for all. */
export function clusterSettings(
  spec: ClusterSpec,
  { module, host }: {
    readonly module: AmbassadorModule;
    /** What the service is called. */
    readonly host: string;
  },
): ClusterSettings {
  // 0 says nothing, as ever.
  const idleTimeout = spec.clusterIdleTimeoutMs || module.clusterIdleTimeoutMs || undefined;
  const maxConnectionDuration = spec.clusterMaxConnectionLifetimeMs ||
    module.clusterMaxConnectionLifetimeMs ||
    undefined;
  const breakers = spec.circuitBreakers ?? module.circuitBreakers;
  const keepalive = spec.keepalive ?? module.keepalive;
  const { policy } = spec.loadBalancer ?? module.loadBalancer ?? { policy: 'round_robin' };
  return {
    connectTimeout: spec.connectTimeoutMs || CONNECT_TIMEOUT,
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
    ...(maxConnectionDuration === undefined ? {} : { maxConnectionDuration }),
    ...(spec.limits === undefined ? {} : { limits: [limitsOf(spec.limits)] }),
    ...(breakers === undefined || spec.limits !== undefined ? {} : {
      limits: breakers.map(({ priority, maxConnections, maxPendingRequests, maxRequests, maxRetries }) => ({
        priority,
        ...(maxConnections === undefined ? {} : { connections: maxConnections }),
        ...(maxPendingRequests === undefined ? {} : { pendingRequests: maxPendingRequests }),
        ...(maxRequests === undefined ? {} : { requests: maxRequests }),
        ...(maxRetries === undefined ? {} : { retries: maxRetries }),
      })),
    }),
    ...(policy === 'round_robin' ? {} : { balancer: BALANCERS[policy] }),
    ...(keepalive === undefined ? {} : {
      keepalive: {
        ...(keepalive.probes === undefined ? {} : { probes: keepalive.probes }),
        ...(keepalive.idleTimeSeconds === undefined ? {} : { idle: keepalive.idleTimeSeconds }),
        ...(keepalive.intervalSeconds === undefined ? {} : { interval: keepalive.intervalSeconds }),
      },
    }),
    ...(spec.healthChecks === undefined ? {} : {
      healthChecks: spec.healthChecks.flatMap((check) => healthCheckOf(check, host)),
    }),
    ...(spec.outliers === undefined ? {} : {
      outliers: {
        consecutive5xx: spec.outliers.consecutive5xx,
        maxEjectionPercent: spec.outliers.maxEjectionPercent,
        interval: spec.outliers.intervalMs,
      },
    }),
    dns: dnsOf(spec, module),
    ...(spec.statsName === undefined ? {} : { statsName: spec.statsName }),
    ...(spec.clusterTag === undefined ? {} : { tag: spec.clusterTag }),
  };
}

function limitsOf(
  { maxConnections, maxPending, maxRequests, maxRetries }: CircuitBreakerV0['spec'],
): ClusterLimits {
  return {
    priority: 'default',
    connections: maxConnections,
    pendingRequests: maxPending,
    requests: maxRequests,
    retries: maxRetries,
  };
}

function healthCheckOf(check: LegacyCheck, host: string): readonly HealthCheck[] {
  const { timeoutMs: timeout, intervalMs: interval, unhealthyThreshold, healthyThreshold } = check;
  const probe = probeOf(check, host);
  return probe === undefined ? [] : [{ timeout, interval, unhealthyThreshold, healthyThreshold, probe }];
}

function probeOf({ http, grpc }: LegacyCheck, host: string): HealthCheck['probe'] | undefined {
  if (grpc !== undefined) {
    const { upstreamName: service, authority } = grpc;
    return { type: 'grpc', service, ...(authority === undefined ? {} : { authority }) };
  }
  if (http === undefined) return undefined;
  const { path, hostname = host, addRequestHeaders = [], removeRequestHeaders = [], expectedStatuses } = http;
  const valued = ({ name, value }: AddedHeader): { name: string; value: string } => ({ name, value });
  return {
    type: 'http',
    path,
    host: hostname,
    headers: {
      set: addRequestHeaders.filter(({ append }) => !append).map(valued),
      add: addRequestHeaders.filter(({ append }) => append).map(valued),
      remove: removeRequestHeaders,
    },
    statuses: expectedStatuses ?? [],
  };
}

const BALANCERS = { least_request: 'least-request', ring_hash: 'ring-hash', maglev: 'maglev' } as const;

function dnsOf(spec: ClusterSpec, module: AmbassadorModule): NonNullable<ClusterSettings['dns']> {
  const v4 = spec.enableIpv4 ?? module.enableIpv4;
  const v6 = spec.enableIpv6 ?? module.enableIpv6;
  return {
    family: v4 && v6 ? 'auto' : v6 ? 'v6' : 'v4',
    ...(spec.dnsType?.toLowerCase() === 'logical_dns' ? { logical: true } : {}),
    ...(spec.respectDnsTtl === true ? { respectTtl: true } : {}),
  };
}

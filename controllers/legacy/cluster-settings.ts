import type { AmbassadorModule, MappingSpec } from '../../lib/api/legacy/mod.ts';
import type { ClusterSettings } from '../../lib/model/mod.ts';

/** How the cluster of a Mapping is used, with what the Module says for all. */
export function clusterSettings(spec: MappingSpec, module: AmbassadorModule): ClusterSettings {
  const idleTimeout = spec.clusterIdleTimeoutMs ?? module.clusterIdleTimeoutMs;
  const maxConnectionDuration = spec.clusterMaxConnectionLifetimeMs ?? module.clusterMaxConnectionLifetimeMs;
  const breakers = spec.circuitBreakers ?? module.circuitBreakers;
  const keepalive = spec.keepalive ?? module.keepalive;
  const statsName = spec.statsName ?? module.defaults?.httpmapping?.statsName;
  const { policy } = spec.loadBalancer ?? module.loadBalancer ?? { policy: 'round_robin' };
  return {
    connectTimeout: spec.connectTimeoutMs,
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
    ...(maxConnectionDuration === undefined ? {} : { maxConnectionDuration }),
    ...(breakers === undefined ? {} : {
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
    dns: dnsOf(spec, module),
    ...(statsName === undefined ? {} : { statsName }),
    ...(spec.clusterTag === undefined ? {} : { tag: spec.clusterTag }),
  };
}

const BALANCERS = { least_request: 'least-request', ring_hash: 'ring-hash', maglev: 'maglev' } as const;

function dnsOf(spec: MappingSpec, module: AmbassadorModule): NonNullable<ClusterSettings['dns']> {
  const v4 = spec.enableIpv4 ?? module.enableIpv4;
  const v6 = spec.enableIpv6 ?? module.enableIpv6;
  return {
    family: v4 && v6 ? 'auto' : v6 ? 'v6' : 'v4',
    ...(spec.dnsType?.toLowerCase() === 'logical_dns' ? { logical: true } : {}),
    ...(spec.respectDnsTtl === true ? { respectTtl: true } : {}),
  };
}

import { create } from '@bufbuild/protobuf';
import type { Cluster, ClusterLimits, ClusterSettings } from '../model/mod.ts';
import { HTTP_OPTIONS, httpOptions } from './cluster.ts';
import { duration } from './duration.ts';
import {
  type CircuitBreakers_Thresholds as Thresholds,
  CircuitBreakers_ThresholdsSchema as ThresholdsSchema,
  CircuitBreakersSchema,
} from './gen/envoy/config/cluster/v3/circuit_breaker_pb.ts';
import {
  type Cluster as EnvoyCluster,
  Cluster_CommonLbConfigSchema as CommonLbConfigSchema,
  Cluster_DiscoveryType as Discovery,
  Cluster_DnsLookupFamily as Family,
  Cluster_LbPolicy as Balancer,
  UpstreamConnectionOptionsSchema,
} from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { healthCheck, outlierDetection } from './health-check.ts';
import { RoutingPriority } from './gen/envoy/config/core/v3/base_pb.ts';

const BALANCERS = {
  'least-request': Balancer.LEAST_REQUEST,
  'ring-hash': Balancer.RING_HASH,
  maglev: Balancer.MAGLEV,
} as const;
const FAMILIES = { v4: Family.V4_ONLY, v6: Family.V6_ONLY, auto: Family.AUTO } as const;

/** Puts what a cluster has beside the usual into its message. */
export function applySettings(
  message: EnvoyCluster,
  { settings, protocol }: { readonly settings: ClusterSettings; readonly protocol: Cluster['protocol'] },
): void {
  const { connectTimeout, limits, balancer, keepalive, statsName, dns } = settings;
  if (connectTimeout !== undefined) message.connectTimeout = duration(connectTimeout);
  if (limits !== undefined) {
    message.circuitBreakers = create(CircuitBreakersSchema, { thresholds: limits.map(thresholds) });
  }
  if (balancer !== undefined) message.lbPolicy = BALANCERS[balancer];
  if (statsName !== undefined) message.altStatName = statsName;
  const { healthChecks, outliers } = settings;
  if (healthChecks !== undefined) {
    message.healthChecks = healthChecks.map((each) => healthCheck(each, protocol));
  }
  if (outliers !== undefined) message.outlierDetection = outlierDetection(outliers);
  // With checks that all fail something is wrong with them, more likely than with all endpoints.
  if ((healthChecks ?? outliers) !== undefined) message.commonLbConfig = create(CommonLbConfigSchema);
  if (keepalive !== undefined) {
    const { probes, idle, interval } = keepalive;
    message.upstreamConnectionOptions = create(UpstreamConnectionOptionsSchema, {
      tcpKeepalive: {
        ...(probes === undefined ? {} : { keepaliveProbes: probes }),
        ...(idle === undefined ? {} : { keepaliveTime: idle }),
        ...(interval === undefined ? {} : { keepaliveInterval: interval }),
      },
    });
  }
  if (dns !== undefined && message.clusterDiscoveryType.value !== Discovery.EDS) {
    message.dnsLookupFamily = FAMILIES[dns.family ?? 'auto'];
    message.respectDnsTtl = dns.respectTtl === true;
    if (dns.logical !== true) message.clusterDiscoveryType.value = Discovery.STRICT_DNS;
  }
  const { idleTimeout, maxConnectionDuration } = settings;
  if (idleTimeout === undefined && maxConnectionDuration === undefined) return;
  message.typedExtensionProtocolOptions[HTTP_OPTIONS] = httpOptions(protocol, {
    ...(idleTimeout === undefined ? {} : { idleTimeout: duration(idleTimeout) }),
    ...(maxConnectionDuration === undefined
      ? {}
      : { maxConnectionDuration: duration(maxConnectionDuration) }),
  });
}

function thresholds(
  { priority, connections, pendingRequests, requests, retries }: ClusterLimits,
): Thresholds {
  return create(ThresholdsSchema, {
    priority: priority === 'high' ? RoutingPriority.HIGH : RoutingPriority.DEFAULT,
    ...(connections === undefined ? {} : { maxConnections: connections }),
    ...(pendingRequests === undefined ? {} : { maxPendingRequests: pendingRequests }),
    ...(requests === undefined ? {} : { maxRequests: requests }),
    ...(retries === undefined ? {} : { maxRetries: retries }),
  });
}

import { create } from '@bufbuild/protobuf';
import type { Cluster, HealthCheck as ModelCheck, OutlierDetection as ModelOutliers } from '../model/mod.ts';
import { duration } from './duration.ts';
import {
  type OutlierDetection,
  OutlierDetectionSchema,
} from './gen/envoy/config/cluster/v3/outlier_detection_pb.ts';
import { type HealthCheck, HealthCheckSchema } from './gen/envoy/config/core/v3/health_check_pb.ts';
import { CodecClientType } from './gen/envoy/type/v3/http_pb.ts';
import { headerChanges } from './header-mutation.ts';

export function healthCheck(check: ModelCheck, protocol: Cluster['protocol']): HealthCheck {
  const { timeout, interval, unhealthyThreshold, healthyThreshold } = check;
  return create(HealthCheckSchema, {
    timeout: duration(timeout),
    interval: duration(interval),
    // Until the first request Envoy would let a minute pass between checks.
    noTrafficInterval: duration(interval),
    unhealthyThreshold,
    healthyThreshold,
    healthChecker: checker(check.probe, protocol),
  });
}

function checker(probe: ModelCheck['probe'], protocol: Cluster['protocol']): HealthCheck['healthChecker'] {
  if (probe.type === 'grpc') {
    const { service: serviceName, authority = '' } = probe;
    return create(HealthCheckSchema, {
      healthChecker: { case: 'grpcHealthCheck', value: { serviceName, authority } },
    }).healthChecker;
  }
  const { path, host, headers, statuses } = probe;
  const { toAdd, toRemove } = headerChanges(headers);
  return create(HealthCheckSchema, {
    healthChecker: {
      case: 'httpHealthCheck',
      value: {
        path,
        host,
        requestHeadersToAdd: toAdd,
        requestHeadersToRemove: toRemove,
        // Envoy leaves the end out.
        expectedStatuses: statuses.map(({ min, max }) => ({ start: BigInt(min), end: BigInt(max + 1) })),
        codecClientType: protocol === 'http2' ? CodecClientType.HTTP2 : CodecClientType.HTTP1,
      },
    },
  }).healthChecker;
}

export function outlierDetection(
  { consecutive5xx, maxEjectionPercent, interval }: ModelOutliers,
): OutlierDetection {
  return create(OutlierDetectionSchema, {
    consecutive5xx,
    maxEjectionPercent,
    interval: duration(interval),
  });
}

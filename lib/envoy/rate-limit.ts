import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { RateLimitDescriptor, RateLimitEntry, RateLimitServer } from '../model/mod.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { ApiVersion } from './gen/envoy/config/core/v3/config_source_pb.ts';
import {
  type RateLimit,
  type RateLimit_ActionSchema as ActionSchema,
  RateLimitSchema as DescriptorSchema,
} from './gen/envoy/config/route/v3/route_components_pb.ts';
import { RateLimitSchema } from './gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb.ts';
import { INVALID_CLUSTER } from './invalid-cluster.ts';

/** The rate limit filter; absent if nobody can be asked and that does not matter. */
export function rateLimitFilter(server: RateLimitServer): Any | undefined {
  const { cluster, authority, domain, timeout, deniesOnError, resourceExhausted } = server;
  if (cluster === undefined && deniesOnError !== true) return undefined;
  return any(RateLimitSchema, {
    domain,
    requestType: 'both',
    timeout: duration(timeout),
    failureModeDeny: deniesOnError === true,
    rateLimitedAsResourceExhausted: resourceExhausted === true,
    rateLimitService: {
      grpcService: {
        targetSpecifier: {
          case: 'envoyGrpc',
          value: { clusterName: cluster ?? INVALID_CLUSTER, authority },
        },
      },
      transportApiVersion: ApiVersion.V3,
    },
  });
}

/** Envoy's `RouteAction.rate_limits`. */
export function rateLimits(descriptors: readonly RateLimitDescriptor[]): RateLimit[] {
  return descriptors.map((entries) => create(DescriptorSchema, { actions: entries.map(action) }));
}

function action(entry: RateLimitEntry): MessageInitShape<typeof ActionSchema> {
  if (entry.type === 'constant') {
    const value = { descriptorKey: entry.key, descriptorValue: entry.value };
    return { actionSpecifier: { case: 'genericKey', value } };
  }
  if (entry.type === 'header') {
    const { header: headerName, key: descriptorKey, optional } = entry;
    const value = { headerName, descriptorKey, skipIfAbsent: optional === true };
    return { actionSpecifier: { case: 'requestHeaders', value } };
  }
  return { actionSpecifier: { case: PLAIN[entry.type], value: {} } };
}

const PLAIN = {
  'source-cluster': 'sourceCluster',
  'destination-cluster': 'destinationCluster',
  'remote-address': 'remoteAddress',
} as const;

import { create } from '@bufbuild/protobuf';
import type { UdpHandler } from '../model/mod.ts';
import { any, typedConfig } from './any.ts';
import { duration } from './duration.ts';
import {
  type ListenerFilter,
  ListenerFilterSchema,
} from './gen/envoy/config/listener/v3/listener_components_pb.ts';
import { RouteSchema } from './gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.ts';
import { UdpProxyConfigSchema } from './gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.ts';

/** Bytes: the largest datagram there is, since Envoy drops what is larger. */
export const MAX_DATAGRAM = 65_535;

/** Every client gets an endpoint of the cluster, and keeps it until it is idle or the endpoint goes. */
export function udpProxy({ cluster, idleTimeout }: UdpHandler): ListenerFilter {
  return create(ListenerFilterSchema, {
    name: 'envoy.filters.udp_listener.udp_proxy',
    configType: typedConfig(UdpProxyConfigSchema, {
      statPrefix: 'udp',
      routeSpecifier: {
        case: 'matcher',
        value: {
          onNoMatch: {
            onMatch: { case: 'action', value: { name: 'route', typedConfig: any(RouteSchema, { cluster }) } },
          },
        },
      },
      idleTimeout: duration(idleTimeout),
      upstreamSocketConfig: { maxRxDatagramSize: BigInt(MAX_DATAGRAM) },
    }),
  });
}

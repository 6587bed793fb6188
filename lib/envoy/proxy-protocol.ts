import { create } from '@bufbuild/protobuf';
import type { Cluster, Listener } from '../model/mod.ts';
import { typedConfig } from './any.ts';
import { type TransportSocket, TransportSocketSchema } from './gen/envoy/config/core/v3/base_pb.ts';
import { ProxyProtocolConfig_Version as Version } from './gen/envoy/config/core/v3/proxy_protocol_pb.ts';
import {
  type ListenerFilter,
  ListenerFilterSchema,
} from './gen/envoy/config/listener/v3/listener_components_pb.ts';
import { ProxyProtocolSchema } from './gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts';
import { ProxyProtocolUpstreamTransportSchema } from './gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.ts';
import { RawBufferSchema } from './gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts';

/** Takes the client's address from what a connection begins with, in either version. */
export function proxyProtocol(mode: NonNullable<Listener['proxyProtocol']>): ListenerFilter {
  return create(ListenerFilterSchema, {
    name: 'envoy.filters.listener.proxy_protocol',
    configType: typedConfig(ProxyProtocolSchema, {
      allowRequestsWithoutProxyProtocol: mode === 'optional',
    }),
  });
}

/** Tells a backend the client's address before anything else; `inner` is the TLS, if there is any. */
export function upstreamProxyProtocol(
  version: NonNullable<Cluster['proxyProtocol']>,
  inner: TransportSocket | undefined,
): TransportSocket {
  const transportSocket = inner ?? create(TransportSocketSchema, {
    name: 'envoy.transport_sockets.raw_buffer',
    configType: typedConfig(RawBufferSchema),
  });
  return create(TransportSocketSchema, {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    configType: typedConfig(ProxyProtocolUpstreamTransportSchema, {
      config: { version: version === 'v1' ? Version.V1 : Version.V2 },
      transportSocket,
    }),
  });
}

import {
  createRegistry,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ClusterSchema } from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { TypedExtensionConfigSchema } from './gen/envoy/config/core/v3/extension_pb.ts';
import { ClusterLoadAssignmentSchema } from './gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from './gen/envoy/config/listener/v3/listener_pb.ts';
import { FilterConfigSchema, VirtualHostSchema } from './gen/envoy/config/route/v3/route_components_pb.ts';
import { RouteConfigurationSchema } from './gen/envoy/config/route/v3/route_pb.ts';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from './gen/envoy/extensions/access_loggers/grpc/v3/als_pb.ts';
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from './gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts';
import { DatadogConfigSchema } from './gen/envoy/config/trace/v3/datadog_pb.ts';
import { ZipkinConfigSchema } from './gen/envoy/config/trace/v3/zipkin_pb.ts';
import {
  ExtensionWithMatcherPerRouteSchema,
  ExtensionWithMatcherSchema,
} from './gen/envoy/extensions/common/matching/v3/extension_matcher_pb.ts';
import {
  CompositeSchema,
  ExecuteFilterActionSchema,
} from './gen/envoy/extensions/filters/http/composite/v3/composite_pb.ts';
import { CorsPolicySchema, CorsSchema } from './gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import {
  ExtAuthzPerRouteSchema,
  ExtAuthzSchema,
} from './gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.ts';
import {
  FilterChainConfigPerRouteSchema,
  FilterChainConfigSchema,
} from './gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts';
import { HTTPFaultSchema } from './gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { BufferSchema } from './gen/envoy/extensions/filters/http/buffer/v3/buffer_pb.ts';
import { CompressorSchema } from './gen/envoy/extensions/filters/http/compressor/v3/compressor_pb.ts';
import { GzipSchema } from './gen/envoy/extensions/compression/gzip/compressor/v3/gzip_pb.ts';
import { CustomResponseSchema } from './gen/envoy/extensions/filters/http/custom_response/v3/custom_response_pb.ts';
import { LocalResponsePolicySchema } from './gen/envoy/extensions/http/custom_response/local_response_policy/v3/local_response_policy_pb.ts';
import { HttpResponseStatusCodeMatchInputSchema } from './gen/envoy/type/matcher/v3/status_code_input_pb.ts';
import { ConfigSchema as BridgeSchema } from './gen/envoy/extensions/filters/http/grpc_http1_bridge/v3/config_pb.ts';
import { FilterConfigSchema as GrpcStatsSchema } from './gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { LuaSchema } from './gen/envoy/extensions/filters/http/lua/v3/lua_pb.ts';
import { GrpcWebSchema } from './gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { HeaderMutationSchema as HeaderMutationFilterSchema } from './gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.ts';
import { OpenTelemetryConfigSchema } from './gen/envoy/config/trace/v3/opentelemetry_pb.ts';
import { TraceIdRatioBasedSamplerConfigSchema } from './gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler_pb.ts';
import { RateLimitSchema } from './gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb.ts';
import { RBACPerRouteSchema, RBACSchema } from './gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import { RouterSchema } from './gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import {
  StatefulSessionPerRouteSchema,
  StatefulSessionSchema,
} from './gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts';
import { TlsInspectorSchema } from './gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { ProxyProtocolSchema } from './gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts';
import { ConfigSchema as DirectResponseSchema } from './gen/envoy/extensions/filters/network/direct_response/v3/config_pb.ts';
import { HttpConnectionManagerSchema } from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TcpProxySchema } from './gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { RouteSchema as UdpRouteSchema } from './gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.ts';
import { UdpProxyConfigSchema } from './gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.ts';
import { HeaderMutationSchema } from './gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts';
import { CookieBasedSessionStateSchema } from './gen/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.ts';
import { HeaderBasedSessionStateSchema } from './gen/envoy/extensions/http/stateful_session/header/v3/header_pb.ts';
import { ProxyProtocolUpstreamTransportSchema } from './gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.ts';
import { QuicDownstreamTransportSchema } from './gen/envoy/extensions/transport_sockets/quic/v3/quic_transport_pb.ts';
import { RawBufferSchema } from './gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts';
import { SecretSchema } from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from './gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { HttpProtocolOptionsSchema } from './gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import { HttpRequestHeaderMatchInputSchema } from './gen/envoy/type/matcher/v3/http_inputs_pb.ts';
import { ResourceSchema } from './gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { Resource, ResourceType } from './resource.ts';

const SCHEMAS: Readonly<Record<ResourceType, DescMessage>> = {
  Cluster: ClusterSchema,
  ClusterLoadAssignment: ClusterLoadAssignmentSchema,
  Listener: ListenerSchema,
  TypedExtensionConfig: TypedExtensionConfigSchema,
  RouteConfiguration: RouteConfigurationSchema,
  VirtualHost: VirtualHostSchema,
  Secret: SecretSchema,
};

/** Every message that stands inside an `Any`. */
const registry: Registry = createRegistry(
  ...Object.values(SCHEMAS),
  BridgeSchema,
  BufferSchema,
  CompositeSchema,
  CompressorSchema,
  CustomResponseSchema,
  GrpcStatsSchema,
  GzipSchema,
  HttpResponseStatusCodeMatchInputSchema,
  LocalResponsePolicySchema,
  LuaSchema,
  CookieBasedSessionStateSchema,
  CorsPolicySchema,
  CorsSchema,
  DirectResponseSchema,
  DownstreamTlsContextSchema,
  ExecuteFilterActionSchema,
  ExtAuthzPerRouteSchema,
  ExtAuthzSchema,
  ExtensionWithMatcherPerRouteSchema,
  ExtensionWithMatcherSchema,
  FilterChainConfigPerRouteSchema,
  FilterChainConfigSchema,
  FilterConfigSchema,
  OpenTelemetryConfigSchema,
  TraceIdRatioBasedSamplerConfigSchema,
  GrpcWebSchema,
  HeaderBasedSessionStateSchema,
  HeaderMutationFilterSchema,
  HeaderMutationSchema,
  HTTPFaultSchema,
  HttpConnectionManagerSchema,
  HttpProtocolOptionsSchema,
  HttpRequestHeaderMatchInputSchema,
  ProxyProtocolSchema,
  ProxyProtocolUpstreamTransportSchema,
  QuicDownstreamTransportSchema,
  RawBufferSchema,
  RateLimitSchema,
  RBACPerRouteSchema,
  RBACSchema,
  RouterSchema,
  StatefulSessionPerRouteSchema,
  StatefulSessionSchema,
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
  DatadogConfigSchema,
  ZipkinConfigSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UdpProxyConfigSchema,
  UdpRouteSchema,
  UpstreamTlsContextSchema,
);

/** The Envoy resource as protobuf JSON. Private keys are never shown. */
export function resourceJson(resource: Resource): JsonValue {
  const json = revealedJson(resource);
  if (resource.type === 'Secret' && typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const { tlsCertificate } = json;
    if (typeof tlsCertificate === 'object' && tlsCertificate !== null && !Array.isArray(tlsCertificate)) {
      return { ...json, tlsCertificate: { ...tlsCertificate, privateKey: { inlineString: '[redacted]' } } };
    }
  }
  return json;
}

/** As `resourceJson`, with private keys: for an Envoy to read. */
export function revealedJson({ type, bytes }: Resource): JsonValue {
  const { resource } = fromBinary(ResourceSchema, bytes);
  const schema = SCHEMAS[type];
  const message = resource && anyUnpack(resource, schema);
  if (message === undefined) throw new Error('a sealed resource holds its message');
  return toJson(schema, message, { registry });
}

/**
 * What Envoy 1.40 has and the shipped protos lack; names and numbers are those of the descriptors inside the binary.
 * Each row inserts fields into a message (or one of its oneofs), appends to a file, replaces text, or creates a file.
 * A row that the shipped set has caught up with fails the generation, so that it is removed.
 */
export const OVERLAYS = [
  // The shipped validate.proto is older than the Envoy files and does not know this rule.
  ...[
    'envoy/config/core/v3/protocol.proto',
    'envoy/extensions/filters/http/oauth2/v3/oauth.proto',
    'envoy/extensions/geoip_providers/common/v3/common.proto',
    'envoy/extensions/http/injected_credentials/generic/v3/generic.proto',
  ].map((file) => ({ file, replace: ' ignore_empty: true', by: '' })),
  // --- Routes
  {
    file: 'envoy/config/route/v3/route_components.proto',
    import: 'envoy/type/matcher/v3/filter_state.proto',
    message: 'RouteMatch',
    insert: 'repeated type.matcher.v3.FilterStateMatcher filter_state = 16;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    import: 'envoy/config/common/mutation_rules/v3/mutation_rules.proto',
    message: 'RouteAction.RequestMirrorPolicy',
    insert: `
      repeated common.mutation_rules.v3.HeaderMutation request_headers_mutations = 7;
      string host_rewrite_literal = 8;`,
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'RouteAction',
    insert: `
      google.protobuf.Duration flush_timeout = 42;
      string path_rewrite = 45;`,
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'RouteAction',
    oneof: 'host_rewrite_specifier',
    insert: 'string host_rewrite = 44;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'RedirectAction',
    oneof: 'path_rewrite_specifier',
    insert: 'string path_rewrite = 10;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    import: 'envoy/config/core/v3/substitution_format_string.proto',
    message: 'DirectResponseAction',
    insert: 'core.v3.SubstitutionFormatString body_format = 3;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'RetryPolicy',
    insert: 'bool refresh_cluster_on_retry = 14;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'WeightedCluster',
    oneof: 'random_value_specifier',
    insert: 'google.protobuf.BoolValue use_hash_policy = 5;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'VirtualHost',
    insert: 'google.protobuf.UInt64Value request_body_buffer_limit = 25;',
  },
  {
    file: 'envoy/config/route/v3/route_components.proto',
    message: 'Route',
    insert: 'google.protobuf.UInt64Value request_body_buffer_limit = 20;',
  },
  {
    file: 'envoy/config/common/mutation_rules/v3/mutation_rules.proto',
    import: 'envoy/type/matcher/v3/string.proto',
    message: 'HeaderMutation',
    insert: `
      message RemoveOnMatch {
        type.matcher.v3.StringMatcher key_matcher = 1;
      }`,
  },
  {
    file: 'envoy/config/common/mutation_rules/v3/mutation_rules.proto',
    message: 'HeaderMutation',
    oneof: 'action',
    insert: 'RemoveOnMatch remove_on_match = 3;',
  },
  {
    file: 'envoy/type/http/v3/cookie.proto',
    message: 'Cookie',
    insert: 'repeated CookieAttribute attributes = 4;',
  },
  {
    file: 'envoy/type/http/v3/cookie.proto',
    append: `
message CookieAttribute {
  string name = 1;
  string value = 2;
}
`,
  },
  {
    file: 'envoy/type/matcher/v3/address.proto',
    create: `syntax = "proto3";
package envoy.type.matcher.v3;
import "xds/core/v3/cidr.proto";
message AddressMatcher {
  repeated xds.core.v3.CidrRange ranges = 1;
  bool invert_match = 2;
}
`,
  },
  {
    file: 'envoy/type/matcher/v3/filter_state.proto',
    import: 'envoy/type/matcher/v3/address.proto',
    message: 'FilterStateMatcher',
    oneof: 'matcher',
    insert: 'AddressMatcher address_match = 3;',
  },
  // --- Listeners and connections
  {
    file: 'envoy/config/listener/v3/listener.proto',
    import: ['envoy/config/core/v3/config_source.proto', 'envoy/config/metrics/v3/stats.proto'],
    message: 'Listener',
    insert: `
      message FcdsConfig {
        string name = 1;
        core.v3.ConfigSource config_source = 2;
      }
      FcdsConfig fcds_config = 36;
      core.v3.TcpKeepalive tcp_keepalive = 37;
      google.protobuf.Duration per_connection_buffer_high_watermark_timeout = 38;
      metrics.v3.StatsMatcher stats_matcher = 39;`,
  },
  {
    file: 'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
    message: 'HttpConnectionManager.Tracing',
    insert: `
      string operation = 11;
      string upstream_operation = 12;`,
  },
  {
    file: 'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
    message: 'HttpConnectionManager',
    insert: `
      bool http1_safe_max_connection_duration = 58;
      google.protobuf.Duration stream_flush_timeout = 59;`,
  },
  {
    file: 'envoy/config/core/v3/protocol.proto',
    message: 'HttpProtocolOptions',
    insert: 'google.protobuf.UInt32Value max_response_headers_kb = 7;',
  },
  {
    file: 'envoy/config/core/v3/protocol.proto',
    import: 'envoy/type/matcher/v3/string.proto',
    message: 'Http1ProtocolOptions',
    insert: 'repeated type.matcher.v3.StringMatcher ignore_http_11_upgrade = 11;',
  },
  {
    file: 'envoy/config/core/v3/protocol.proto',
    message: 'Http2ProtocolOptions',
    insert: `
      google.protobuf.UInt64Value max_metadata_size = 17;
      google.protobuf.UInt32Value max_header_field_size_kb = 19;
      google.protobuf.UInt64Value stream_reset_burst = 21;
      google.protobuf.UInt64Value stream_reset_rate = 22;`,
  },
  {
    file: 'envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto',
    message: 'TcpProxy',
    insert: 'google.protobuf.BoolValue check_drain_close = 24;',
  },
  {
    file: 'envoy/config/bootstrap/v3/bootstrap.proto',
    import: 'envoy/type/matcher/v3/string.proto',
    message: 'Admin',
    insert: 'repeated type.matcher.v3.StringMatcher allow_paths = 7;',
  },
  // --- Clusters
  {
    file: 'envoy/config/cluster/v3/cluster.proto',
    import: 'envoy/config/metrics/v3/stats.proto',
    message: 'Cluster',
    insert: `
      google.protobuf.Duration dns_jitter = 58;
      google.protobuf.Duration per_connection_buffer_high_watermark_timeout = 60;
      metrics.v3.StatsMatcher stats_matcher = 61;`,
  },
  {
    file: 'envoy/config/cluster/v3/circuit_breaker.proto',
    import: 'google/protobuf/duration.proto',
    message: 'CircuitBreakers.Thresholds.RetryBudget',
    insert: 'google.protobuf.Duration budget_interval = 3;',
  },
  {
    file: 'envoy/extensions/upstreams/http/v3/http_protocol_options.proto',
    import: 'envoy/config/route/v3/route_components.proto',
    message: 'HttpProtocolOptions',
    insert: `
      repeated config.route.v3.RouteAction.RequestMirrorPolicy request_mirror_policies = 9;
      repeated config.route.v3.RouteAction.HashPolicy hash_policy = 10;
      config.route.v3.RetryPolicy retry_policy = 11;`,
  },
  {
    file: 'envoy/extensions/load_balancing_policies/common/v3/common.proto',
    import: 'envoy/config/route/v3/route_components.proto',
    message: 'ConsistentHashingLbConfig',
    insert: 'repeated config.route.v3.RouteAction.HashPolicy hash_policy = 3;',
  },
  {
    file: 'envoy/extensions/transport_sockets/tls/v3/tls.proto',
    message: 'UpstreamTlsContext',
    insert: `
      bool auto_host_sni = 6;
      bool auto_sni_san_validation = 7;`,
  },
  {
    file: 'envoy/extensions/transport_sockets/tls/v3/tls.proto',
    message: 'CommonTlsContext',
    insert: 'config.core.v3.TypedExtensionConfig custom_tls_certificate_selector = 16;',
  },
  {
    file: 'envoy/extensions/transport_sockets/tls/v3/common.proto',
    message: 'CertificateValidationContext',
    insert: 'bool suppress_client_ca_list = 18;',
  },
  // --- HTTP filters
  {
    file: 'envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto',
    message: 'CheckSettings',
    insert: `
      oneof service_override {
        config.core.v3.GrpcService grpc_service = 4;
        HttpService http_service = 5;
      }`,
  },
  {
    file: 'envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto',
    message: 'HttpService',
    insert: `
      config.core.v3.RetryPolicy retry_policy = 9;
      string path_override = 10;`,
  },
  {
    file: 'envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto',
    message: 'ExtAuthz',
    insert: `
      uint32 max_denied_response_body_bytes = 30;
      bool enforce_response_header_limits = 31;`,
  },
  {
    file: 'envoy/extensions/filters/http/stateful_session/v3/stateful_session.proto',
    message: 'StatefulSession',
    insert: `
      string stat_prefix = 3;
      uint32 status_on_strict_destination_not_found = 4;`,
  },
  {
    file: 'envoy/extensions/filters/http/header_mutation/v3/header_mutation.proto',
    import: 'envoy/config/core/v3/base.proto',
    message: 'Mutations',
    insert: 'repeated config.core.v3.KeyValueMutation query_parameter_mutations = 3;',
  },
  {
    file: 'envoy/config/core/v3/base.proto',
    append: `
message KeyValuePair {
  string key = 1;
  google.protobuf.Value value = 2;
}
`,
  },
  {
    file: 'envoy/config/core/v3/base.proto',
    message: 'KeyValueAppend',
    insert: 'KeyValuePair record = 3;',
  },
  {
    file: 'envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler.proto',
    create: `syntax = "proto3";
package envoy.extensions.tracers.opentelemetry.samplers.v3;
import "envoy/type/v3/percent.proto";
message TraceIdRatioBasedSamplerConfig {
  type.v3.FractionalPercent sampling_percentage = 1;
}
`,
  },
  {
    file: 'envoy/extensions/filters/http/filter_chain/v3/filter_chain.proto',
    create: `syntax = "proto3";
package envoy.extensions.filters.http.filter_chain.v3;
import "envoy/config/core/v3/extension.proto";
message FilterChainConfig {
  FilterChain default_filter_chain = 1;
}
message FilterChainConfigPerRoute {
  FilterChain filter_chain = 1;
}
message FilterChain {
  repeated config.core.v3.TypedExtensionConfig filters = 1;
}
`,
  },
  {
    file: 'envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto',
    import: 'envoy/config/route/v3/route_components.proto',
    message: 'LocalRateLimit',
    insert: `
      repeated config.route.v3.RateLimit rate_limits = 17;
      google.protobuf.UInt32Value max_dynamic_descriptors = 18;
      bool enable_retry_after_header = 19;`,
  },
  {
    file: 'envoy/extensions/filters/http/ratelimit/v3/rate_limit.proto',
    message: 'RateLimit',
    insert: `
      repeated config.route.v3.RateLimit rate_limits = 17;
      bool enable_retry_after_header = 19;`,
  },
  {
    // The shipped type of this field never made it into a release.
    file: 'envoy/extensions/filters/http/ratelimit/v3/rate_limit.proto',
    replace: 'repeated RateLimitConfig rate_limits = 3;',
    by: 'repeated config.route.v3.RateLimit rate_limits = 3;',
  },
  // --- Telemetry
  {
    file: 'envoy/extensions/access_loggers/open_telemetry/v3/logs_service.proto',
    import: ['envoy/config/core/v3/grpc_service.proto', 'envoy/config/core/v3/http_service.proto'],
    message: 'OpenTelemetryAccessLogConfig',
    insert: `
      config.core.v3.HttpService http_service = 8;
      config.core.v3.GrpcService grpc_service = 9;
      string log_name = 10;`,
  },
  {
    file: 'opentelemetry/proto/common/v1/common.proto',
    create: `syntax = "proto3";
package opentelemetry.proto.common.v1;
message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}
message ArrayValue {
  repeated AnyValue values = 1;
}
message KeyValueList {
  repeated KeyValue values = 1;
}
message KeyValue {
  string key = 1;
  AnyValue value = 2;
}
`,
  },
];

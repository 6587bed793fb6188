/**
 * What Envoy 1.40 has and the shipped protos lack; names and numbers are those of the descriptors inside the binary.
 * Each row either inserts fields into a message, replaces text, or creates a file. A row that the shipped set has
 * caught up with fails the generation, so that it is removed.
 */
export const OVERLAYS = [
  // The shipped validate.proto is older than the Envoy files and does not know this rule.
  ...[
    'envoy/config/core/v3/protocol.proto',
    'envoy/extensions/filters/http/oauth2/v3/oauth.proto',
    'envoy/extensions/geoip_providers/common/v3/common.proto',
    'envoy/extensions/http/injected_credentials/generic/v3/generic.proto',
  ].map((file) => ({ file, replace: ' ignore_empty: true', by: '' })),
  {
    file: 'envoy/config/route/v3/route_components.proto',
    import: 'envoy/type/matcher/v3/filter_state.proto',
    message: 'RouteMatch',
    insert: 'repeated type.matcher.v3.FilterStateMatcher filter_state = 16;',
  },
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
    replace: 'StringMatcher string_match = 2;',
    by: 'StringMatcher string_match = 2;\n    AddressMatcher address_match = 3;',
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

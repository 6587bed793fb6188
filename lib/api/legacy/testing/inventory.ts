/**
 * The fields of the legacy resources as their users know them, written down from the documentation and the behaviour
 * of Ambassador 0.39 to Emissary 4.1, and not from the schemas here. `a{b c}` has fields, `a[]{b}` is a list and
 * `a{}{b}` a mapping by free keys of such.
 */
const breakers = '[]{priority max_connections max_pending_requests max_requests max_retries}';
const balancer = 'load_balancer{policy cookie{name path ttl} header source_ip}';
const retry = 'retry_policy{retry_on num_retries per_try_timeout}';
const keepalive = 'keepalive{probes idle_time interval}';
const errors =
  'error_response_overrides[]{on_status_code body{text_format json_format text_format_source{filename} content_type}}';
const selector = '{matchLabels matchExpressions[]{key operator values}}';
const tls = 'cert_chain_file private_key_file cacert_chain_file ca_secret alpn_protocols cert_required ' +
  'min_tls_version max_tls_version cipher_suites ecdh_curves redirect_cleartext_from sni';
const added = '{}{value append}';
const addedV3 = '{}{value append v2Representation}';
const corsV2 = 'origins methods headers credentials exposed_headers max_age';
const strict =
  'source_cluster{key} destination_cluster{key} remote_address{key} generic_key{key value v2Shorthand} ' +
  'request_headers{key header_name omit_if_not_present}';
const healthChecks = '[]{timeout interval unhealthy_threshold healthy_threshold health_check{' +
  `http{path hostname add_request_headers${addedV3} remove_request_headers expected_statuses[]{min max}} ` +
  'grpc{authority upstream_name}}}';

const mapping =
  'ambassador_id prefix prefix_regex prefix_exact case_sensitive host host_regex method method_regex ' +
  'headers regex_headers query_parameters regex_query_parameters precedence weight shadow service tls resolver ' +
  'rewrite regex_rewrite{pattern substitution} host_rewrite auto_host_rewrite host_redirect path_redirect ' +
  'prefix_redirect regex_redirect{pattern substitution} redirect_response_code remove_request_headers ' +
  'remove_response_headers add_linkerd_headers timeout_ms idle_timeout_ms connect_timeout_ms ' +
  'cluster_idle_timeout_ms cluster_max_connection_lifetime_ms priority outlier_detection enable_ipv4 enable_ipv6 ' +
  'dns_type respect_dns_ttl cluster_tag grpc allow_upgrade use_websocket bypass_auth auth_context_extensions ' +
  'bypass_error_response_overrides docs{path url ignored display_name timeout_ms} modules envoy_override ' +
  `circuit_breakers${breakers} ${balancer} ${retry} ${keepalive} ${errors}`;
const mappingV2 = `${mapping} v3StatsName v3health_checks${healthChecks} cors{${corsV2}} ` +
  `add_request_headers${added} add_response_headers${added} ` +
  'labels{}[]{}[]{generic_key v3Key} labels{}[]{}[]{}{header omit_if_not_present}';

const tcpMapping = 'ambassador_id port address host service tls weight resolver enable_ipv4 enable_ipv6 ' +
  `cluster_tag idle_timeout_ms circuit_breakers${breakers}`;

const host = `ambassador_id hostname selector${selector} tlsSecret{name namespace} tlsContext{name} ` +
  'requestPolicy{insecure{action additionalPort}} previewUrl{enabled type} ' +
  'acmeProvider{authority email privateKeySecret{name} registration}';

const auth = 'ambassador_id auth_service tls path_prefix proto timeout_ms allowed_request_headers ' +
  'allowed_authorization_headers add_auth_headers include_body{max_bytes allow_partial} allow_request_body ' +
  'status_on_error{code} failure_mode_allow protocol_version add_linkerd_headers';

const rateLimit = 'ambassador_id service tls domain timeout_ms protocol_version';

const tag = '[]{tag literal{value} environment{name default_value} request_header{name default_value}}';
const traceConfig = 'access_token_file collector_cluster collector_endpoint collector_endpoint_version ' +
  'collector_hostname trace_id_128bit shared_span_context service_name';
const tracing = 'ambassador_id driver service sampling{client random overall} tag_headers';

const log =
  'ambassador_id service driver flush_interval_time flush_interval_byte_size grpc protocol_version ' +
  'driver_config{additional_log_headers[]{header_name during_request during_response during_trailer}}';

const devPortal = 'ambassador_id default content{url branch dir} docs[]{service url timeout_ms} ' +
  'selector{matchNamespaces matchLabels} naming_scheme search{enabled type} preserve_servers';

const tlsModuleContext = `{}{enabled secret hosts secret_namespacing crl_secret ${tls}}`;
const probe = '{enabled prefix rewrite service}';
const ambassadorModule = 'ambassador_id config{' + [
  'cluster_request_timeout_ms cluster_idle_timeout_ms cluster_max_connection_lifetime_ms listener_idle_timeout_ms',
  `circuit_breakers${breakers} ${balancer} resolver ${retry} cors{${corsV2}} ${keepalive} enable_ipv4 enable_ipv6`,
  'regex_max_size add_linkerd_headers default_label_domain',
  `default_labels{}{label_prefix defaults[]{${strict} v3Key} defaults[]{}{header omit_if_not_present}}`,
  `defaults{httpmapping{add_request_headers${added} add_response_headers${added}`,
  'remove_request_headers remove_response_headers stats_name} tls_secret_namespacing}',
  `diagnostics${probe} liveness_probe${probe} readiness_probe${probe} use_remote_address server_name`,
  'strip_matching_host_port merge_slashes reject_requests_with_escaped_slashes preserve_external_request_id',
  'suppress_envoy_headers proper_case enable_http10 allow_chunked_length headers_with_underscores_action',
  'max_request_headers_kb buffer_limit_bytes forward_client_cert_details',
  'set_current_client_cert_details{subject cert chain dns uri} envoy_log_type envoy_log_format envoy_log_path',
  'runtime_flags admin_port envoy_validation_timeout ip_allow[]{peer remote} ip_deny[]{peer remote} lua_scripts',
  'gzip{memory_level min_content_length compression_level compression_strategy window_bits content_type',
  'disable_on_etag_header remove_accept_encoding_header} buffer{max_request_bytes max_request_time}',
  'grpc_stats{all_methods services[]{name method_names} upstream_stats} enable_grpc_web enable_grpc_http11_bridge',
  'use_ambassador_namespace_for_service_resolution prune_unreachable_routes',
  'service_port use_proxy_proto x_forwarded_proto_redirect xff_num_trusted_hops',
  `diag_port auth_enabled regex_type statsd debug_mode header_case_overrides ${errors} tls${tlsModuleContext}`,
].join(' ') + '}';
const tlsModule = `ambassador_id config${tlsModuleContext}`;

const authModule =
  `ambassador_id config{${auth} stats_name v3StatsName circuit_breakers${breakers} v3CircuitBreakers${breakers} v2ExplicitTLS}`;

/** By kind (with the name of a Module) and version. */
export const inventory: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Mapping: {
    v3alpha1:
      `${mapping} hostname stats_name health_checks${healthChecks} cors{${corsV2} v2CommaSeparatedOrigins} ` +
      `add_request_headers${addedV3} add_response_headers${addedV3} labels{}[]{}[]{${strict}} ` +
      'v2ExplicitTLS v2BoolHeaders v2BoolQueryParameters',
    v2: mappingV2,
    v1: mappingV2,
    v0: 'ambassador_id prefix prefix_regex case_sensitive host host_regex method method_regex headers ' +
      'regex_headers precedence weight shadow service tls rewrite host_rewrite auto_host_rewrite host_redirect ' +
      `path_redirect add_request_headers${added} add_response_headers${added} cors{${corsV2}} timeout_ms ` +
      'connect_timeout_ms priority grpc use_websocket circuit_breaker outlier_detection ' +
      'rate_limits[]{descriptor headers} modules envoy_override',
  },
  TCPMapping: {
    v3alpha1: `${tcpMapping} stats_name v2ExplicitTLS`,
    v2: `${tcpMapping} v3StatsName`,
    v1: `${tcpMapping} v3StatsName`,
  },
  Host: {
    v3alpha1: `${host} mappingSelector${selector} tls{${tls} crl_secret}`,
    v2: `${host} ambassadorId tls{${tls} v3CRLSecret}`,
  },
  Listener: {
    v3alpha1: 'ambassador_id port protocol protocolStack securityModel l7Depth statsPrefix ' +
      `http2MaxConcurrentStreams hostBinding{namespace{from} selector${selector}}`,
  },
  'Module ambassador': {
    v3alpha1: ambassadorModule,
    v2: ambassadorModule,
    v1: ambassadorModule,
    v0: ambassadorModule,
  },
  'Module tls': { v3alpha1: tlsModule, v2: tlsModule, v1: tlsModule, v0: tlsModule },
  'Module authentication': {
    v3alpha1: authModule,
    v2: authModule,
    v1: authModule,
    v0: 'ambassador_id config{ambassador_id auth_service tls path_prefix allowed_headers}',
  },
  TLSContext: {
    v3alpha1: `ambassador_id hosts secret secret_namespacing ${tls} crl_secret`,
    v2: `ambassador_id hosts secret secret_namespacing ${tls} v3CRLSecret`,
    v1: `ambassador_id hosts secret secret_namespacing ${tls} v3CRLSecret`,
    v0: 'ambassador_id hosts secret',
  },
  AuthService: {
    v3alpha1: `${auth} stats_name circuit_breakers${breakers} v2ExplicitTLS`,
    v2: `${auth} v3StatsName v3CircuitBreakers${breakers}`,
    v1: `${auth} v3StatsName v3CircuitBreakers${breakers}`,
    v0: 'ambassador_id auth_service tls path_prefix allowed_headers',
  },
  RateLimitService: {
    v3alpha1: `${rateLimit} failure_mode_deny grpc{use_resource_exhausted_code} stats_name v2ExplicitTLS`,
    v2: `${rateLimit} v3StatsName`,
    v1: `${rateLimit} v3StatsName`,
    v0: 'ambassador_id service timeout_ms',
  },
  TracingService: {
    v3alpha1: `${tracing} custom_tags${tag} config{${traceConfig} propagation_modes} stats_name`,
    v2: `${tracing} v3CustomTags${tag} config{${traceConfig} v3PropagationModes} v3StatsName`,
    v1: `${tracing} v3CustomTags${tag} config{${traceConfig} v3PropagationModes} v3StatsName`,
    v0: 'ambassador_id driver service tag_headers ' +
      'config{access_token_file collector_endpoint trace_id_128bit shared_span_context}',
  },
  LogService: { v3alpha1: `${log} stats_name`, v2: `${log} v3StatsName`, v1: `${log} v3StatsName` },
  KubernetesServiceResolver: { v3alpha1: 'ambassador_id', v2: 'ambassador_id', v1: 'ambassador_id' },
  KubernetesEndpointResolver: { v3alpha1: 'ambassador_id', v2: 'ambassador_id', v1: 'ambassador_id' },
  ConsulResolver: {
    v3alpha1: 'ambassador_id address datacenter',
    v2: 'ambassador_id address datacenter',
    v1: 'ambassador_id address datacenter',
  },
  DevPortal: { v3alpha1: devPortal, v2: devPortal, v1: devPortal },
  CircuitBreaker: { v0: 'ambassador_id max_connections max_requests max_pending max_retries' },
  OutlierDetection: { v0: 'ambassador_id consecutive_5xx max_ejection interval_ms' },
  Pragma: { v0: 'ambassador_id' },
};

/** The paths of the fields, such as `cors.origins`, `a[].b` and `a{}.b`. */
export function pathsOf(text: string): string[] {
  const paths: string[] = [];
  const tokens = text.match(/\[\]|\{\}|[{}]|[^\s{}[\]]+/g) ?? [];
  const below: string[] = [];
  let last = '';
  for (const token of tokens) {
    if (token === '[]' || token === '{}') last += token;
    else if (token === '{') below.push(last);
    else if (token === '}') below.pop();
    else {
      last = below.length === 0 ? token : `${below.at(-1)}.${token}`;
      paths.push(last);
    }
  }
  return [...new Set(paths)].sort();
}

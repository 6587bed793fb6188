/**
 * Left out: what Envoy counts for each cluster and hardly anybody reads, which for thousands of clusters is most of its
 * memory and of the time it takes to be ready. A cluster keeps its requests, connections, failures, times and health.
 */
const UNREAD: readonly string[] = [
  String.raw`assignment_\w+`,
  String.raw`circuit_breakers\..*`,
  String.raw`client_ssl_socket_factory\..*`,
  String.raw`default\.total_match_count`,
  String.raw`lb_\w+`,
  'max_host_weight',
  'membership_(change|excluded)',
  String.raw`ssl\.(ciphers|curves|sigalgs|versions)\..*`,
  String.raw`update_\w+`,
  'upstream_cx_(connect|length)_ms',
  String.raw`upstream_flow_control_\w+`,
  'version',
];

/** A regular expression for the names of stats that no cluster has. */
export const UNREAD_CLUSTER_STATS: string = String.raw`cluster\..*\.(${UNREAD.join('|')})`;

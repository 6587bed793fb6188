import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inertReason, legacyFields } from '../../lib/api/legacy/mod.ts';
import { MAPPING_FIELDS } from './untranslated.ts';

/** Fields that have the effect that docs/legacy.md tells, by kind. */
const translated: Readonly<Record<string, string>> = {
  Mapping: 'ambassador_id prefix prefix_regex prefix_exact case_sensitive hostname host host_regex method ' +
    'method_regex headers regex_headers query_parameters regex_query_parameters precedence service tls rewrite ' +
    'regex_rewrite host_rewrite auto_host_rewrite host_redirect path_redirect prefix_redirect regex_redirect ' +
    'redirect_response_code add_request_headers add_response_headers remove_request_headers ' +
    'remove_response_headers add_linkerd_headers cors weight shadow timeout_ms idle_timeout_ms ' +
    'connect_timeout_ms cluster_idle_timeout_ms cluster_max_connection_lifetime_ms retry_policy priority resolver ' +
    'load_balancer circuit_breakers keepalive enable_ipv4 enable_ipv6 dns_type respect_dns_ttl cluster_tag ' +
    'stats_name v3StatsName grpc allow_upgrade use_websocket bypass_auth',
  Host: 'ambassador_id ambassadorId hostname selector mappingSelector tlsSecret tlsContext tls requestPolicy',
  Listener: 'ambassador_id port protocol protocolStack securityModel l7Depth hostBinding',
};

/** Fields that have none yet and say so. */
const notYet: Readonly<Record<string, readonly string[]>> = {
  Mapping: [...Object.values(MAPPING_FIELDS), 'v3health_checks'],
  Listener: ['http2MaxConcurrentStreams'],
};

/** Fields that have none and will have none, as docs/legacy.md says. */
const left: Readonly<Record<string, readonly string[]>> = { Listener: ['statsPrefix'] };

test('of every field of a Mapping, Host or Listener it is known what becomes of it', () => {
  const unknown = legacyFields().filter(({ kind, dialect, field }) =>
    Object.hasOwn(translated, kind) && (dialect === 'v3alpha1' || dialect === 'v2') && /^\w+$/.test(field)
  ).filter((each) => {
    const { kind, field } = each;
    const places = [
      translated[kind]?.split(' ').includes(field),
      notYet[kind]?.includes(field),
      left[kind]?.includes(field),
      inertReason(each) !== undefined,
    ];
    return places.filter((is) => is === true).length !== 1;
  });
  assert.deepEqual(unknown.map(({ kind, dialect, field }) => `${kind} ${dialect} ${field}`), []);
});

import * as fc from 'fast-check';

/** A `spec` in v3alpha1 and the same in v2, as both are written. */
export interface Spellings {
  readonly kind: string;
  readonly v3alpha1: object;
  readonly v2: object;
}

interface Field {
  readonly v3alpha1: Record<string, unknown>;
  readonly v2: Record<string, unknown>;
}

type AnyField = fc.Arbitrary<Field>;

const word = fc.constantFrom('a', 'b-c', 'X-Y', 'foo', 'default', '*', 'true');
const words = fc.array(word, { maxLength: 3 });
const flag = fc.boolean();
const count = fc.nat({ max: 5000 });
const path = fc.constantFrom('/', '/foo/', '', '/a{b}');
const seconds = fc.constantFrom('1s', '0.25s', '15s');

/** A field that both versions write alike. */
function same(name: string, value: fc.Arbitrary<unknown>): AnyField {
  return value.map((value) => ({ v3alpha1: { [name]: value }, v2: { [name]: value } }));
}

/** A field that v2 has by another name. */
function renamed(name: string, old: string, value: fc.Arbitrary<unknown>): AnyField {
  return value.map((value) => ({ v3alpha1: { [name]: value }, v2: { [old]: value } }));
}

/** v2 takes one string for a list of one. */
function list(name: string): AnyField {
  return fc.tuple(words, flag).map(([values, short]) => ({
    v3alpha1: { [name]: values },
    v2: { [name]: short && values.length === 1 ? values[0] : values },
  }));
}

/** v2 takes a string with commas. */
function origins(name: string): AnyField {
  return fc.tuple(words, fc.constantFrom(undefined, ',', ', ')).map(([values, comma]) => ({
    v3alpha1: { [name]: values },
    v2: { [name]: comma === undefined || values.length === 0 ? values : values.join(comma) },
  }));
}

/** v2 takes a string for the value alone. */
function added(name: string): AnyField {
  const value = fc.tuple(word, fc.option(flag, { nil: undefined }), flag);
  return fc.dictionary(word, value, { maxKeys: 3 }).map((headers) => {
    const entries = Object.entries(headers).map(([key, [value, append, short]]) => {
      const full = { value, ...(append === undefined ? {} : { append }) };
      return [key, full, short && append === undefined ? value : full] as const;
    });
    return {
      v3alpha1: { [name]: Object.fromEntries(entries.map(([key, full]) => [key, full])) },
      v2: { [name]: Object.fromEntries(entries.map(([key, , written]) => [key, written])) },
    };
  });
}

/** v2 takes `true` for any value, beside which a regular expression wins. */
function matches(exact: string, regex: string): AnyField {
  const value = fc.tuple(fc.constantFrom('Exact', 'Regex', 'Any', 'Both'), word);
  return fc.dictionary(word, value, { maxKeys: 4 }).map((conditions) => {
    const v3alpha1 = { [exact]: {} as Record<string, unknown>, [regex]: {} as Record<string, unknown> };
    const v2 = structuredClone(v3alpha1);
    for (const [name, [type, value]] of Object.entries(conditions)) {
      const field = type === 'Exact' ? exact : regex;
      Object.assign(v3alpha1[field] ?? {}, { [name]: type === 'Any' ? '.*' : value });
      if (type === 'Any' || type === 'Both') Object.assign(v2[exact] ?? {}, { [name]: true });
      if (type !== 'Any') Object.assign(v2[field] ?? {}, { [name]: value });
    }
    return { v3alpha1, v2 };
  });
}

/** v2 takes `tls: true` for `https://`, and false for nothing. */
function upstream(name: string): AnyField {
  const host = fc.constantFrom('svc', 'svc.ns:80', '10.0.0.1:8080', '[::1]:80');
  const written = fc.constantFrom<
    readonly [string, string | undefined, string, string | boolean | undefined]
  >(
    ['', undefined, '', undefined],
    ['', undefined, '', false],
    ['http://', undefined, 'http://', ''],
    ['https://', undefined, '', true],
    ['https://', undefined, 'http://', true],
    ['https://', undefined, 'HTTP://', true],
    ['https://', undefined, 'https://', true],
    ['https://', undefined, 'https://', undefined],
    ['', 'context', '', 'context'],
    ['http://', 'context', 'http://', 'context'],
  );
  return fc.tuple(host, written).map(([host, [scheme, tls, oldScheme, oldTls]]) => ({
    v3alpha1: { [name]: scheme + host, ...(tls === undefined ? {} : { tls }) },
    v2: { [name]: oldScheme + host, ...(oldTls === undefined ? {} : { tls: oldTls }) },
  }));
}

const hostChoice: AnyField = fc.constantFrom<Field>(
  { v3alpha1: { hostname: '*' }, v2: {} },
  { v3alpha1: { hostname: '*' }, v2: { host: '', host_regex: false } },
  { v3alpha1: { hostname: 'a.example' }, v2: { host: 'a.example' } },
  { v3alpha1: { hostname: '*.example' }, v2: { host: '*.example' } },
  { v3alpha1: { host: '[a-z]+', host_regex: true }, v2: { host: '[a-z]+', host_regex: true } },
  { v3alpha1: {}, v2: { host: '_skip_mapping_with_empty_host_' } },
);

const plainLabel = fc.constantFrom('source_cluster', 'destination_cluster', 'remote_address')
  .map((type) => ({ v3alpha1: { [type]: { key: type } }, v2: type }));
const genericLabel = fc.tuple(fc.constantFrom('a', 'b c', 'true'), fc.constantFrom(undefined, 'k'), flag).map(
  ([value, key, short]) => ({
    v3alpha1: { generic_key: { value, ...(key === undefined ? {} : { key }) } },
    v2: short && key === undefined
      ? value
      : { generic_key: value, ...(key === undefined ? {} : { v3Key: key }) },
  }),
);
const headerLabel = fc.tuple(word, word, fc.option(flag, { nil: undefined })).map(([key, header, omit]) => {
  const rest = omit === undefined ? {} : { omit_if_not_present: omit };
  return {
    v3alpha1: { request_headers: { key, header_name: header, ...rest } },
    v2: { [key]: { header, ...rest } },
  };
});
const label: fc.Arbitrary<{ readonly v3alpha1: unknown; readonly v2: unknown }> = fc.oneof(
  plainLabel,
  genericLabel,
  headerLabel,
);

function labels(name: string): AnyField {
  const group = fc.tuple(word, fc.array(label, { maxLength: 3 }));
  return fc.dictionary(word, fc.array(group, { maxLength: 2 }), { maxKeys: 2 }).map((domains) => {
    const written = (version: 'v3alpha1' | 'v2'): object =>
      Object.fromEntries(
        Object.entries(domains).map(([domain, groups]) => [
          domain,
          groups.map(([group, labels]) => ({ [group]: labels.map((label) => label[version]) })),
        ]),
      );
    return { v3alpha1: { [name]: written('v3alpha1') }, v2: { [name]: written('v2') } };
  });
}

/** One mapping inside another. */
function nested(name: string, fields: readonly AnyField[]): AnyField {
  return some(fields).map(({ v3alpha1, v2 }) => ({ v3alpha1: { [name]: v3alpha1 }, v2: { [name]: v2 } }));
}

/** Any of the fields, in any order. */
function some(fields: readonly AnyField[], required: readonly AnyField[] = []): AnyField {
  const optional = fields.map((field) => fc.option(field, { nil: undefined, freq: 2 }));
  return fc.tuple(...required, ...optional).chain((found) =>
    fc.shuffledSubarray(found, { minLength: found.length }).map((found) => ({
      v3alpha1: Object.assign({}, ...found.map((field) => field?.v3alpha1)),
      v2: Object.assign({}, ...found.map((field) => field?.v2)),
    }))
  );
}

const ids: AnyField = list('ambassador_id');
const statsName = renamed('stats_name', 'v3StatsName', word);
const breaker = fc.record({ priority: fc.constantFrom('default', 'high'), max_connections: count }, {
  requiredKeys: [],
});
const breakers = fc.array(breaker, { maxLength: 2 });
const healthCheck = fc.record({
  interval: fc.constantFrom('1m30s', '250ms'),
  unhealthy_threshold: count,
  health_check: fc.constantFrom({ http: { path: '/' } }, { grpc: { upstream_name: 'a' } }),
}, { requiredKeys: ['health_check'] });

const mapping = some([
  ids,
  statsName,
  renamed('health_checks', 'v3health_checks', fc.array(healthCheck, { maxLength: 2 })),
  nested('cors', [
    origins('origins'),
    list('methods'),
    list('headers'),
    list('exposed_headers'),
    same('credentials', flag),
    same('max_age', fc.constant('60')),
  ]),
  matches('headers', 'regex_headers'),
  matches('query_parameters', 'regex_query_parameters'),
  added('add_request_headers'),
  added('add_response_headers'),
  list('remove_request_headers'),
  list('remove_response_headers'),
  labels('labels'),
  same('circuit_breakers', breakers),
  same(
    'retry_policy',
    fc.record({ retry_on: fc.constant('5xx'), per_try_timeout: seconds }, { requiredKeys: [] }),
  ),
  same('timeout_ms', count),
  same('weight', fc.nat({ max: 100 })),
  same('rewrite', path),
  same('case_sensitive', flag),
  same('prefix_regex', flag),
  same('prefix_exact', flag),
  same('method', word),
  same('host_redirect', flag),
  same('use_websocket', flag),
  same('allow_upgrade', words),
  same('priority', word),
], [same('prefix', path), upstream('service'), hostChoice]);

const tcpMapping = some(
  [ids, statsName, same('weight', count), same('circuit_breakers', breakers), same('host', word)],
  [same('port', fc.integer({ min: 1, max: 65_535 })), upstream('service')],
);

const auth = some([
  ids,
  statsName,
  renamed('circuit_breakers', 'v3CircuitBreakers', breakers),
  same('proto', fc.constantFrom('http', 'grpc')),
  same('allowed_request_headers', words),
  same('allowed_authorization_headers', words),
  same('allow_request_body', flag),
  same('status_on_error', fc.constant({ code: 503 })),
], [upstream('auth_service')]);

const rateLimit = some(
  [ids, statsName, same('domain', word), same('timeout_ms', count)],
  [upstream('service')],
);

const tags = fc.constantFrom([], [{ tag: 'a', literal: { value: 'b' } }]);
const tracing = some(
  [
    ids,
    statsName,
    renamed('custom_tags', 'v3CustomTags', tags),
    same('tag_headers', words),
    nested('config', [
      renamed('propagation_modes', 'v3PropagationModes', fc.constantFrom([], ['B3'])),
      same('service_name', word),
    ]),
  ],
  [same('driver', fc.constantFrom('zipkin', 'datadog', 'opentelemetry')), same('service', word)],
);

const log = some([
  ids,
  statsName,
  same('driver', fc.constantFrom('tcp', 'http')),
  same('flush_interval_time', count),
]);

const tls = [
  renamed('crl_secret', 'v3CRLSecret', word),
  same('ca_secret', word),
  same('alpn_protocols', fc.constantFrom('h2', 'h2,http/1.1', 'h2, http/1.1')),
];
const tlsContext = some([ids, ...tls, same('hosts', words), same('min_tls_version', fc.constant('v1.2'))]);
const selector = fc.constantFrom({ matchLabels: { a: 'b' } }, {});
const host = some([
  fc.oneof(
    ids,
    words.map((ids) => ({ v3alpha1: { ambassador_id: ids }, v2: { ambassadorId: ids } })),
  ),
  fc.oneof(renamed('mappingSelector', 'selector', selector), same('selector', selector)),
  same('hostname', word),
  same('tlsSecret', fc.constant({ name: 'a' })),
  same('requestPolicy', fc.constantFrom({ insecure: { action: 'Route' } }, { insecure: {} }, {})),
  nested('tls', tls),
]);
const consul = some([ids, same('address', word), same('datacenter', word)]);

function of(kind: string, fields: AnyField): fc.Arbitrary<Spellings> {
  return fields.map(({ v3alpha1, v2 }) => ({ kind, v3alpha1, v2 }));
}

/** Legal specs of all kinds that both versions have with different spellings. */
export const anySpellings: fc.Arbitrary<Spellings> = fc.oneof(
  { arbitrary: of('Mapping', mapping), weight: 4 },
  of('TCPMapping', tcpMapping),
  of('AuthService', auth),
  of('RateLimitService', rateLimit),
  of('TracingService', tracing),
  of('LogService', log),
  of('TLSContext', tlsContext),
  of('Host', host),
  of('ConsulResolver', consul),
  of('KubernetesEndpointResolver', some([ids])),
);

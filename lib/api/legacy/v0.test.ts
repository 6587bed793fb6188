import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { MappingSpec } from './mapping-spec.ts';
import { annotated, only, said } from './testing/decoded.ts';

function mapping(version: string, more = ''): MappingSpec {
  const text = `
apiVersion: ambassador/${version}
kind: Mapping
name: tour
prefix: /tour/
service: tour
${more}`;
  return only('Mapping', text).spec;
}

test('a v0 Mapping says that it means what 0.39 made of it', () => {
  assert.equal(mapping('v0').semantics, '0.39');
  assert.equal(mapping('v1').semantics, 'current');
  assert.equal(mapping('v0', 'timeout_ms: 0').timeoutMs, undefined);
  assert.equal(mapping('v1', 'timeout_ms: 0').timeoutMs, 0);
  assert.equal(mapping('v0', 'case_sensitive: false').path.caseSensitive, true);
  assert.equal(mapping('v1', 'case_sensitive: false').path.caseSensitive, false);
});

test('a host of v0 is compared as it is, where it is a glob since', () => {
  assert.deepEqual(mapping('v0', 'host: "*.example"').host, { type: 'Exact', value: '*.example' });
  assert.deepEqual(mapping('v1', 'host: "*.example"').host, { type: 'Glob', value: '*.example' });
  assert.deepEqual(mapping('v0').host, { type: 'Glob', value: '*' });
});

test('rate_limits of v0 are labels with what 0.39 put in front', () => {
  const { rateLimits, labels } = mapping(
    'v0',
    'rate_limits: [{descriptor: hi, headers: [x-a, x-b]}, {descriptor: ""}]',
  );
  const front = ['source_cluster', 'destination_cluster', 'remote_address'].map((type) => ({ type }));
  assert.equal(labels, undefined);
  assert.deepEqual(rateLimits, [
    {
      name: 'v0_ratelimit_00',
      labels: [
        ...front,
        { type: 'generic_key', key: 'generic_key', value: 'hi' },
        { type: 'request_headers', key: 'x-a', headerName: 'x-a' },
        { type: 'request_headers', key: 'x-b', headerName: 'x-b' },
      ],
    },
    { name: 'v0_ratelimit_01', labels: front },
  ]);
});

test('names of circuit breakers and overrides are kept for whoever looks them up', () => {
  const more = 'circuit_breaker: few\noutlier_detection: bad\nenvoy_override: {use_websocket: true}';
  const { circuitBreakerName, outlierDetection, envoyOverride } = mapping('v0', more);
  assert.deepEqual([circuitBreakerName, outlierDetection, envoyOverride], ['few', 'bad', {
    use_websocket: true,
  }]);
  const breaker = 'apiVersion: ambassador/v0\nkind: CircuitBreaker\nname: few\nmax_connections: 5\n';
  assert.deepEqual(only('CircuitBreaker', breaker).spec, {
    ambassadorIds: ['default'],
    maxConnections: 5,
    maxRequests: 1024,
    maxPending: 1024,
    maxRetries: 3,
  });
  const detection = 'apiVersion: ambassador/v0\nkind: OutlierDetection\nname: bad\n';
  assert.deepEqual(only('OutlierDetection', detection).spec, {
    ambassadorIds: ['default'],
    consecutive5xx: 5,
    maxEjectionPercent: 100,
    intervalMs: 3000,
  });
});

const asked = {
  semantics: '0.39',
  ambassadorIds: ['default'],
  service: 'auth:3000',
  proto: 'http',
  pathPrefix: '/extauth',
  timeoutMs: 5000,
  requestHeaders: 'all',
  authorizationHeaders: ['x-a'],
  addAuthHeaders: [],
  failureModeAllow: false,
};

test('an AuthService of v0 gets every header, and allowed_headers come back', () => {
  const fields = 'auth_service: auth:3000\npath_prefix: /extauth\nallowed_headers: [X-A]\n';
  const service = only('AuthService', `apiVersion: ambassador/v0\nkind: AuthService\nname: auth\n${fields}`);
  assert.deepEqual(service.spec, asked);
});

test('the Module authentication is an AuthService, of v0 too', () => {
  const fields = `auth_service: 'auth:3000', path_prefix: /extauth`;
  const text = (version: string, more: string): string =>
    `apiVersion: ambassador/${version}\nkind: Module\nname: authentication\nconfig: {${fields}, ${more}}\n`;
  assert.deepEqual(only('Module', text('v0', 'allowed_headers: [X-A]')).spec, {
    ambassadorIds: ['default'],
    module: 'authentication',
    config: asked,
  });
  for (const version of ['v1', 'v2', 'v3alpha1']) {
    const service = `apiVersion: getambassador.io/v3alpha1
kind: AuthService
name: authentication
auth_service: 'auth:3000'
path_prefix: /extauth
status_on_error: {code: 503}
`;
    assert.deepEqual(only('Module', text(version, 'status_on_error: {code: 503}')).spec, {
      ambassadorIds: ['default'],
      module: 'authentication',
      config: only('AuthService', service).spec,
    });
  }
});

test('a Pragma is taken whatever it holds', () => {
  const { spec } = only(
    'Pragma',
    'apiVersion: ambassador/v0\nkind: Pragma\nname: p\nambassador_id: a\nsource: b\n',
  );
  assert.deepEqual(spec, { ambassadorIds: ['a'], notes: { source: 'b' } });
});

test('what came after v0 is told where a resource of v0 has it', () => {
  const { problems } = annotated(
    'apiVersion: ambassador/v0\nkind: Mapping\nname: a\nprefix: /\nservice: a\nbypass_auth: true\n',
  );
  assert.deepEqual(problems.map(said), [
    'warning metadata.annotations["getambassador.io/config"][0].bypass_auth: is not a known field, so it has no effect',
  ]);
});

test('headers of v0 and v1 may be unquoted booleans', () => {
  const more = 'add_request_headers: {x-a: true, x-b: "c"}\nheaders: {x-c: true, x-d: false}\n';
  for (const version of ['v0', 'v1']) {
    const { addRequestHeaders, headers } = mapping(version, more);
    assert.deepEqual(addRequestHeaders?.map(({ value }) => value), ['true', 'c']);
    assert.deepEqual(headers, [{ name: 'x-c', type: 'Regex', value: '.*' }]);
  }
});

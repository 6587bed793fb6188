import assert from 'node:assert/strict';
import { test } from 'node:test';

import { saidOf, specOf } from './testing/decoded.ts';

test('a Host is for every hostname and redirects, unless it says otherwise', () => {
  const ambassadorIds = ['default'];
  const requestPolicy = { insecure: { action: 'Redirect' } };
  assert.deepEqual(specOf('Host'), { ambassadorIds, hostname: '*', requestPolicy });
  const full = specOf('Host', {
    hostname: 'a.example',
    selector: { matchLabels: { old: 'x' } },
    mappingSelector: { matchLabels: { host: 'x' } },
    tlsSecret: { name: 'cert', namespace: 'certs' },
    tlsContext: { name: '' },
    tls: { alpn_protocols: 'h2, http/1.1', crl_secret: 'crl' },
    requestPolicy: { insecure: { action: 'Reject', additionalPort: 8080 } },
  });
  assert.deepEqual(full, {
    ambassadorIds,
    hostname: 'a.example',
    mappingSelector: { matchLabels: { host: 'x' } },
    tlsSecret: { name: 'cert', namespace: 'certs' },
    tls: { alpnProtocols: ['h2', 'http/1.1'], crlSecret: 'crl' },
    requestPolicy: { insecure: { action: 'Reject', additionalPort: 8080 } },
  });
  assert.deepEqual(specOf('Host', { ambassadorId: 'b' }, { version: 'v2' }).ambassadorIds, ['b']);
});

test("a Listener's protocol is a stack, and a stack that is given wins", () => {
  const hostBinding = { namespace: { from: 'ALL' } };
  const stack = (spec: object): readonly string[] =>
    specOf('Listener', { port: 8443, securityModel: 'XFP', hostBinding, ...spec }).protocolStack;
  assert.deepEqual(stack({ protocol: 'HTTPS' }), ['TLS', 'HTTP', 'TCP']);
  assert.deepEqual(stack({ protocol: 'HTTPSPROXY' }), ['TLS', 'PROXY', 'HTTP', 'TCP']);
  assert.deepEqual(stack({ protocol: 'HTTP', protocolStack: ['TLS', 'HTTP', 'UDP'] }), [
    'TLS',
    'HTTP',
    'UDP',
  ]);
  assert.deepEqual(stack({}), []);
  const prefix = (protocol: string): string =>
    specOf('Listener', { port: 8443, securityModel: 'XFP', hostBinding, protocol }).statsPrefix;
  assert.deepEqual(['HTTPSPROXY', 'HTTPPROXY', 'TLS', 'TCP'].map(prefix), [
    'ingress_https',
    'ingress_http',
    'ingress_tls_8443',
    'ingress_tcp_8443',
  ]);
  assert.deepEqual(saidOf('Listener', { port: 0, securityModel: 'Xfp', protocol: 'HTTP2' }), [
    'error spec.port: the number 0 is too small (at least 1)',
    'error spec.protocol: "HTTP2" is not allowed (one of HTTP, HTTPS, HTTPPROXY, HTTPSPROXY, TCP, TLS, UDP)',
    'error spec.securityModel: "Xfp" is not allowed (XFP)',
    'error spec.hostBinding: is required (a mapping)',
  ]);
});

test('an AuthService has the headers that it always had, in lower case', () => {
  const spec = specOf('AuthService', {
    auth_service: 'auth:3000',
    allowed_request_headers: ['X-Foo', 'cookie'],
  });
  assert.equal(spec.timeoutMs, 5000);
  assert.equal(spec.proto, 'http');
  assert.ok(spec.requestHeaders.includes('x-foo'));
  assert.equal(spec.requestHeaders.length, 9);
  assert.deepEqual(spec.authorizationHeaders, [
    'authorization',
    'location',
    'proxy-authenticate',
    'set-cookie',
    'www-authenticate',
  ]);
  const body = (more: object): unknown => specOf('AuthService', { auth_service: 'a', ...more }).includeBody;
  assert.deepEqual(body({ allow_request_body: true }), { maxBytes: 4096, allowPartial: true });
  assert.deepEqual(body({ include_body: { max_bytes: 9, allow_partial: false }, allow_request_body: true }), {
    maxBytes: 9,
    allowPartial: false,
  });
  assert.equal(body({}), undefined);
});

test('services that are asked or told have their defaults', () => {
  assert.deepEqual(specOf('RateLimitService', { service: 'limits:5000' }), {
    ambassadorIds: ['default'],
    service: 'limits:5000',
    timeoutMs: 20,
    failureModeDeny: false,
    useResourceExhaustedCode: false,
  });
  const grpc = { use_resource_exhausted_code: true };
  assert.equal(specOf('RateLimitService', { service: 'a', grpc }).useResourceExhaustedCode, true);
  assert.deepEqual(specOf('LogService', { service: 'logs:3000', driver: 'http' }), {
    ambassadorIds: ['default'],
    service: 'logs:3000',
    driver: 'http',
    additionalLogHeaders: [],
    flushIntervalSeconds: 1,
    flushIntervalBytes: 16_384,
    grpc: false,
  });
  const zipkin = specOf('TracingService', { driver: 'zipkin', service: 'z:9411', tag_headers: ['x-a'] });
  assert.deepEqual(zipkin.config, {
    collectorEndpoint: '/api/v2/spans',
    collectorEndpointVersion: 'HTTP_JSON',
    traceId128bit: true,
  });
  assert.deepEqual(zipkin.customTags, [{ tag: 'x-a', requestHeader: { name: 'x-a' } }]);
  assert.deepEqual(specOf('TracingService', { driver: 'datadog', service: 'd:8126' }).config, {});
});

test('resolvers need no spec, and a ConsulResolver without settings is kept to be told of', () => {
  assert.deepEqual(specOf('KubernetesServiceResolver'), { ambassadorIds: ['default'] });
  assert.deepEqual(specOf('KubernetesEndpointResolver', undefined, { version: 'v2' }), {
    ambassadorIds: ['default'],
  });
  assert.deepEqual(specOf('ConsulResolver', { address: 'consul:8500' }), {
    ambassadorIds: ['default'],
    address: 'consul:8500',
    datacenter: '',
  });
});

test('a TCPMapping has its idle timeout in quotes', () => {
  const spec = { port: 6379, service: 'redis:6379', idle_timeout_ms: '5000' };
  assert.equal(specOf('TCPMapping', spec).idleTimeoutMs, 5000);
  assert.deepEqual(saidOf('TCPMapping', { ...spec, idle_timeout_ms: 5000 }), [
    'error spec.idle_timeout_ms: is the number 5000 (a string: put it in quotes, "5000")',
  ]);
});

test('ids are a list, never empty, and without what hides resources from 1.x', () => {
  const ids = (written: unknown, version: string): readonly string[] =>
    specOf('ConsulResolver', written === undefined ? {} : { ambassador_id: written }, { version })
      .ambassadorIds;
  assert.deepEqual(ids(undefined, 'v2'), ['default']);
  assert.deepEqual(ids([], 'v3alpha1'), ['default']);
  assert.deepEqual(ids('a', 'v2'), ['a']);
  assert.deepEqual(ids(['--apiVersion-v3alpha1-only--b', 'c'], 'v3alpha1'), ['b', 'c']);
});

test('every kind has the versions that it had', () => {
  const version = (kind: 'Host' | 'Listener' | 'Mapping', of: string): string[] =>
    saidOf(kind, {}, { version: of }).filter((line) => line.includes('apiVersion'));
  assert.deepEqual(version('Mapping', 'v0'), [
    'error apiVersion: getambassador.io/v0 is not a version of Mapping ' +
    '(getambassador.io/v3alpha1 or getambassador.io/v2 or getambassador.io/v1)',
  ]);
  assert.equal(version('Host', 'v1').length, 1);
  assert.equal(version('Listener', 'v2').length, 1);
  assert.equal(version('Host', 'v2').length, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { saidOf, specOf } from './testing/decoded.ts';

const least = { prefix: '/a/', service: 'a' };

test('a Mapping has the defaults that no Module decides', () => {
  assert.deepEqual(specOf('Mapping', least), {
    semantics: 'current',
    ambassadorIds: ['default'],
    path: { type: 'Prefix', value: '/a/' },
    headers: [],
    queryParameters: [],
    precedence: 0,
    service: 'a',
    rewrite: '/',
    autoHostRewrite: false,
    hostRedirect: false,
    redirectResponseCode: 301,
    shadow: false,
    grpc: false,
  });
});

test('an empty rewrite and a weight of 0 are not absent ones', () => {
  const { rewrite, weight, timeoutMs } = specOf('Mapping', {
    ...least,
    rewrite: '',
    weight: 0,
    timeout_ms: 0,
  });
  assert.deepEqual([rewrite, weight, timeoutMs], ['', 0, 0]);
});

test('hostname goes before host, and host before the header :authority', () => {
  const authority = { headers: { ':authority': 'c' } };
  const both = specOf('Mapping', { ...least, hostname: '*.a', host: 'b', ...authority });
  assert.deepEqual(both.host, { type: 'Glob', value: '*.a' });
  assert.equal(both.ignoredHost, 'b');
  assert.deepEqual(both.headers, [{ name: ':authority', type: 'Exact', value: 'c' }]);
  const host = specOf('Mapping', { ...least, host: 'b', ...authority });
  assert.deepEqual([host.host, host.headers.length], [{ type: 'Exact', value: 'b' }, 1]);
  const regex = specOf('Mapping', { ...least, host: 'b.*', host_regex: true });
  assert.deepEqual(regex.host, { type: 'Regex', value: 'b.*' });
  const header = specOf('Mapping', { ...least, ...authority });
  assert.deepEqual([header.host, header.headers], [{ type: 'Exact', value: 'c' }, []]);
});

test('a `*` is no regular expression, but what CRDs put where there is no host', () => {
  assert.equal(specOf('Mapping', { ...least, host: '*', host_regex: true }).host, undefined);
  assert.equal(specOf('Mapping', { ...least, host_regex: true }, { version: 'v2' }).host, undefined);
  assert.deepEqual(specOf('Mapping', { ...least, host: '*' }).host, { type: 'Glob', value: '*' });
});

test('a regular expression goes before an exact path', () => {
  const path = (spec: object): string => specOf('Mapping', { ...least, ...spec }).path.type;
  assert.equal(path({ prefix_exact: true }), 'Exact');
  assert.equal(path({ prefix_regex: true, prefix_exact: true }), 'Regex');
  assert.equal(path({ prefix_regex: false }), 'Prefix');
});

test('use_websocket is one of allow_upgrade, whatever the case', () => {
  const upgrades = (spec: object): unknown => specOf('Mapping', { ...least, ...spec }).allowUpgrade;
  assert.deepEqual(upgrades({ use_websocket: true }), ['websocket']);
  assert.deepEqual(upgrades({ allow_upgrade: ['WebSocket', 'spdy/3.1'], use_websocket: true }), [
    'websocket',
    'spdy/3.1',
  ]);
  assert.equal(upgrades({ use_websocket: false }), undefined);
});

test('times have their units in their names', () => {
  const spec = specOf('Mapping', {
    ...least,
    retry_policy: { retry_on: '5xx', num_retries: 2, per_try_timeout: '0.25s' },
    keepalive: { idle_time: 30, interval: 5, probes: 3 },
    load_balancer: { policy: 'ring_hash', cookie: { name: 'c', ttl: '60s' } },
    health_checks: [{ interval: '1m30s', timeout: '1.5s', health_check: { http: { path: '/' } } }],
    cluster_idle_timeout_ms: 7,
  });
  assert.deepEqual(spec.retryPolicy, { retryOn: '5xx', numRetries: 2, perTryTimeoutMs: 250 });
  assert.deepEqual(spec.keepalive, { probes: 3, idleTimeSeconds: 30, intervalSeconds: 5 });
  assert.deepEqual(spec.loadBalancer, { policy: 'ring_hash', cookie: { name: 'c', ttlMs: 60_000 } });
  assert.deepEqual(spec.healthChecks, [{
    timeoutMs: 1500,
    intervalMs: 90_000,
    unhealthyThreshold: 2,
    healthyThreshold: 1,
    http: { path: '/' },
  }]);
  assert.equal(spec.clusterIdleTimeoutMs, 7);
});

test('what v2 resources were before they were converted leaves no trace', () => {
  const spec = specOf('Mapping', {
    ...least,
    add_request_headers: { x: { value: 'y', v2Representation: 'string' } },
    v2ExplicitTLS: { tls: 'bool:true', serviceScheme: '' },
    v2BoolHeaders: ['a'],
    v2BoolQueryParameters: [],
    cors: { origins: ['a'], v2CommaSeparatedOrigins: true },
  });
  assert.doesNotMatch(JSON.stringify(spec), /v2/i);
});

test('v3alpha1 takes the spellings of v2', () => {
  const v2 = { ambassador_id: 'a', tls: true, headers: { x: true }, host: '*.example', v3StatsName: 'b' };
  const found = specOf('Mapping', { ...least, ...v2 });
  assert.deepEqual(found, specOf('Mapping', { ...least, ...v2 }, { version: 'v2' }));
  assert.deepEqual(found.host, { type: 'Glob', value: '*.example' });
  assert.deepEqual(specOf('Mapping', { ...least, hostname: 'a', labels: { a: [{ g: ['b'] }] } }).labels, [
    {
      domain: 'a',
      groups: [{ name: 'g', labels: [{ type: 'generic_key', key: 'generic_key', value: 'b' }] }],
    },
  ]);
});

test('wrong values are told with what would be right', () => {
  assert.deepEqual(
    saidOf('Mapping', {
      prefix: 5,
      redirect_response_code: 304,
      retry_policy: { retry_on: 'gateway_error', per_try_timeout: '250ms' },
      load_balancer: { policy: 'random' },
      labels: { ambassador: [{ a: [{ remote_address: {} }, {}], b: [] }] },
      timeout_msec: 5,
    }, { version: 'v3alpha1' }),
    [
      'error spec.prefix: is the number 5 (a string: put it in quotes, "5")',
      'error spec.service: is required (a string)',
      'error spec.redirect_response_code: the number 304 is not allowed (one of 301, 302, 303, 307, 308)',
      'error spec.retry_policy.retry_on: "gateway_error" is not allowed (gateway-error)',
      'error spec.retry_policy.per_try_timeout: "250ms" is not valid (a number of seconds, such as 5s or 0.25s)',
      'error spec.load_balancer.policy: "random" is not allowed (one of round_robin, least_request, ring_hash, maglev)',
      'error spec.labels.ambassador[0].a[0].remote_address.key: is required (remote_address)',
      'error spec.labels.ambassador[0].a[1]: needs exactly one of its fields',
      'warning spec.timeout_msec: is not a known field, so it has no effect (timeout_ms)',
    ],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { saidOf, specOf } from './testing/decoded.ts';

const written = { name: 'ambassador' };

test('the ambassador Module has its defaults', () => {
  const spec = specOf('Module', { config: {} }, written);
  assert.ok(spec.module === 'ambassador');
  assert.deepEqual(specOf('Module', undefined, written), spec);
  assert.deepEqual(spec.config, {
    resolver: 'kubernetes-service',
    enableIpv4: true,
    enableIpv6: false,
    regexMaxSize: 200,
    defaultLabelDomain: 'ambassador',
    useAmbassadorNamespaceForServiceResolution: false,
    diagnostics: { enabled: true, prefix: '/ambassador/v0/', rewrite: '/ambassador/v0/' },
    livenessProbe: {
      enabled: true,
      prefix: '/ambassador/v0/check_alive',
      rewrite: '/ambassador/v0/check_alive',
    },
    readinessProbe: {
      enabled: true,
      prefix: '/ambassador/v0/check_ready',
      rewrite: '/ambassador/v0/check_ready',
    },
    useRemoteAddress: true,
    serverName: 'envoy',
    stripMatchingHostPort: false,
    mergeSlashes: false,
    rejectRequestsWithEscapedSlashes: false,
    preserveExternalRequestId: false,
    suppressEnvoyHeaders: false,
    properCase: false,
    enableHttp10: false,
    enableGrpcWeb: false,
    enableGrpcHttp11Bridge: false,
    envoyLogType: 'text',
    useProxyProto: false,
    xForwardedProtoRedirect: false,
    xffNumTrustedHops: 0,
  });
});

test('a Module has no script where `lua_scripts` says nothing', () => {
  for (const lua_scripts of ['', [], null]) {
    const spec = specOf('Module', { config: { lua_scripts } }, written);
    assert.ok(spec.module === 'ambassador');
    assert.equal(spec.config.luaScripts, undefined);
  }
});

test('a Module takes every way to write a field, whatever its version', () => {
  const config = {
    cors: { origins: 'http://a, http://b', methods: 'GET' },
    default_labels: {
      ambassador: {
        defaults: ['remote_address', { generic_key: 'x' }, { generic_key: { value: 'y', key: 'k' } }, {
          h: { header: 'X-H' },
        }],
      },
    },
    defaults: { httpmapping: { add_request_headers: { a: 'b', c: { value: 'd', append: false }, e: true } } },
    ip_allow: [{ peer: '127.0.0.1' }, { remote: '10.0.0.0/8' }],
    envoy_log_format: { a: '%PROTOCOL%' },
    envoy_log_type: 'json',
    envoy_validation_timeout: 30,
  };
  for (const version of ['v1', 'v2', 'v3alpha1']) {
    const spec = specOf('Module', { config }, { ...written, version });
    assert.ok(spec.module === 'ambassador');
    const found = spec.config;
    assert.deepEqual(found.cors, { origins: ['http://a', 'http://b'], methods: ['GET'] });
    assert.deepEqual(found.defaultLabels, [{
      domain: 'ambassador',
      labels: [
        { type: 'remote_address' },
        { type: 'generic_key', key: 'generic_key', value: 'x' },
        { type: 'generic_key', key: 'k', value: 'y' },
        { type: 'request_headers', key: 'h', headerName: 'X-H' },
      ],
    }]);
    assert.deepEqual(found.defaults?.httpmapping?.addRequestHeaders, [
      { name: 'a', value: 'b', append: true },
      { name: 'c', value: 'd', append: false },
      { name: 'e', value: 'true', append: true },
    ]);
    assert.deepEqual(found.ipAllow, [{ type: 'peer', cidr: '127.0.0.1' }, {
      type: 'remote',
      cidr: '10.0.0.0/8',
    }]);
    assert.equal(found.envoyValidationTimeoutSeconds, 30);
  }
});

test('a probe that is mentioned is off unless it is enabled', () => {
  const config = { diagnostics: {}, liveness_probe: { enabled: true, prefix: '/live', service: 'a' } };
  const spec = specOf('Module', { config }, written);
  assert.ok(spec.module === 'ambassador');
  const { diagnostics, livenessProbe, readinessProbe } = spec.config;
  assert.deepEqual([diagnostics.enabled, readinessProbe.enabled], [false, true]);
  assert.deepEqual(livenessProbe, {
    enabled: true,
    prefix: '/live',
    rewrite: '/ambassador/v0/check_alive',
    service: 'a',
  });
});

test('the tls Module holds contexts by name', () => {
  const config = { server: { redirect_cleartext_from: 80 }, client: { enabled: false }, up: { secret: 's' } };
  const spec = specOf('Module', { config }, { name: 'tls' });
  assert.ok(spec.module === 'tls');
  assert.deepEqual(spec.config, {
    server: { enabled: true, redirectCleartextFrom: 80 },
    client: { enabled: false },
    up: { enabled: true, secret: 's' },
  });
});

test('fields of a Module are checked by its name, and those of others are not', () => {
  const config = { gzip: { memory_levl: 1 }, ip_deny: [{}], server: {} };
  assert.deepEqual(saidOf('Module', { config }, written), [
    'error spec.config.ip_deny[0]: needs either peer or remote',
    'warning spec.config.gzip.memory_levl: is not a known field, so it has no effect (memory_level)',
    'warning spec.config.server: is not a known field, so it has no effect',
  ]);
  assert.deepEqual(saidOf('Module', { config: { server: { secrets: 'a' } } }, { name: 'tls' }), [
    'warning spec.config.server.secrets: is not a known field, so it has no effect (secret)',
  ]);
  assert.deepEqual(specOf('Module', { config: { a: [1] } }, { name: 'other' }), {
    ambassadorIds: ['default'],
    module: 'unknown',
    config: { a: [1] },
  });
});

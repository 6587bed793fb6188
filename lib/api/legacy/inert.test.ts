import assert from 'node:assert/strict';
import { test } from 'node:test';

import { legacyFields } from './fields.ts';
import { inertReason } from './inert.ts';

const inert = legacyFields().filter((field) => inertReason(field) !== undefined);

function of(kind: string, dialect: string): string[] {
  return inert.filter((found) =>
    found.kind === kind && found.dialect === dialect && !/v2[A-Z]/.test(found.field)
  )
    .map(({ field }) => field);
}

test('what only says how v2 was spelt is inert, wherever it is', () => {
  const cosmetic = legacyFields().filter(({ field }) => /(^|\.)v2[A-Z]\w*$/.test(field));
  assert.ok(cosmetic.length > 10);
  assert.deepEqual(cosmetic.filter((field) => inertReason(field) === undefined), []);
});

test('inertReason() has a reason for what is known to have no effect, and for nothing else', () => {
  assert.deepEqual(of('Mapping', 'v0'), ['modules']);
  assert.deepEqual(of('Mapping', 'v2'), [
    'docs',
    'docs.path',
    'docs.url',
    'docs.ignored',
    'docs.display_name',
    'docs.timeout_ms',
    'modules',
    'envoy_override',
  ]);
  assert.deepEqual(of('Host', 'v2'), [
    'requestPolicy.insecure.additionalPort',
    'acmeProvider',
    'acmeProvider.authority',
    'acmeProvider.email',
    'acmeProvider.privateKeySecret',
    'acmeProvider.privateKeySecret.name',
    'acmeProvider.registration',
    'previewUrl',
    'previewUrl.enabled',
    'previewUrl.type',
  ]);
  assert.equal(of('DevPortal', 'v1').length, 17);
  assert.deepEqual(of('AuthService', 'v3alpha1'), []);
  assert.deepEqual(of('Module', 'v2'), [
    'config.regex_max_size',
    'config.default_labels{}.label_prefix',
    'config.buffer.max_request_time',
    'config.admin_port',
    'config.envoy_validation_timeout',
    'config.prune_unreachable_routes',
    'config.diag_port',
    'config.auth_enabled',
    'config.regex_type',
    'config.statsd',
    'config.debug_mode',
  ]);
});

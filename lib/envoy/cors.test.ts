import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { RE2JS } from 're2js';
import { corsConfig } from './cors.ts';
import { FILTERS } from './filters.ts';
import { type CorsPolicy, CorsPolicySchema } from './gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';

function policy(origins: readonly string[], methods: readonly string[] = ['GET', 'PUT']): CorsPolicy {
  const config = corsConfig({
    origins,
    methods,
    headers: ['x-a'],
    exposeHeaders: [],
    credentials: true,
    maxAge: 60,
  });
  const any = config[FILTERS.cors];
  const unpacked = any && anyUnpack(any, CorsPolicySchema);
  assert.ok(unpacked !== undefined);
  return unpacked;
}

function allows({ allowOriginStringMatch }: CorsPolicy, origin: string): boolean {
  return allowOriginStringMatch.some(({ matchPattern }) =>
    matchPattern.case === 'exact'
      ? matchPattern.value === origin
      : matchPattern.case === 'safeRegex' && RE2JS.compile(matchPattern.value.regex).matches(origin)
  );
}

test('corsConfig() takes the origins that are listed, and wildcards for whole labels before a literal rest', () => {
  const cors = policy(['https://www.example.com', 'https://*.example.org:8443']);
  assert.ok(allows(cors, 'https://www.example.com'));
  assert.ok(allows(cors, 'https://a.b.example.org:8443'));
  assert.ok(!allows(cors, 'http://www.example.com'));
  assert.ok(!allows(cors, 'https://aXexampleXorg:8443'));
  assert.ok(!allows(cors, 'https://a.example.org:8443.evil.example'));
  assert.ok(!allows(cors, 'https://example.org:8443'));
  assert.ok(allows(policy(['*']), 'null'));
  assert.ok(!allows(policy([]), 'https://www.example.com'));
});

test('corsConfig() lets a wildcard stand for hosts, not for ports', () => {
  const cors = policy(['https://*', 'http://*:8080']);
  for (
    const origin of ['https://a.example.com', 'https://[2001:db8::1]', 'http://[::1]:8080', 'http://a:8080']
  ) {
    assert.ok(allows(cors, origin), origin);
  }
  for (
    const origin of ['https://a.example.com:8443', 'https://[2001:db8::1]:8443', 'http://a', 'http://a:18080']
  ) {
    assert.ok(!allows(cors, origin), origin);
  }
});

test('corsConfig() says lists as headers', () => {
  const { allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials } = policy(['*']);
  assert.deepEqual([
    allowMethods,
    allowHeaders,
    exposeHeaders,
    maxAge,
    allowCredentials,
  ], [
    'GET, PUT',
    'x-a',
    '',
    '60',
    true,
  ]);
  assert.equal(policy(['*'], ['*']).allowMethods, '*');
});

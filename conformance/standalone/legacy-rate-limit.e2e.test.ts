import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrpcClient, startGrpcBackend } from './grpc.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { survivesEdits } from './edits-under-load.ts';
import { service, serviceAt } from './manifests.ts';
import { startRateLimits } from './rate-limit-server.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const served = listener('http') + everyHost() + service('a') +
  legacy('Mapping', 'unlabelled', '{ hostname: "*", prefix: /unlabelled/, service: a }') +
  legacy(
    'Mapping',
    'unlimited',
    '{ hostname: "*", prefix: /, service: a, labels: { other: [{ none: [{ generic_key: { value: unheard } }] }] } }',
  ) +
  legacy(
    'Mapping',
    'limited',
    `{ hostname: "*", prefix: /limited/, service: a, labels: { shop: [
      { plan: [
        { generic_key: { value: gold } },
        { generic_key: { key: area, value: cart } },
        { request_headers: { key: who, header_name: x-user } },
        { request_headers: { key: what, header_name: x-what, omit_if_not_present: true } } ] },
      { address: [{ remote_address: { key: remote_address } }] } ],
      other: [{ none: [{ generic_key: { value: unheard } }] }] } }`,
  ) +
  legacy(
    'Module',
    'ambassador',
    `{ config: { default_label_domain: shop,
       default_labels: { shop: { defaults: [{ generic_key: { key: stage, value: test } }] } } } }`,
  );

function get(dragoman: Standalone, options: Omit<RequestOptions, 'port'> = {}): Promise<Answer> {
  return send({ port: dragoman.port('http'), host: 'www.example', ...options });
}

test('a RateLimitService is told the labels of Mappings, and refuses what is too much', async () => {
  await using limits = await startRateLimits();
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': served + serviceAt('limits', limits.port) +
        legacy('RateLimitService', 'limits', '{ service: limits, protocol_version: v3, timeout_ms: 2000 }'),
    },
  });
  assert.equal((await get(dragoman)).status, 200);
  assert.deepEqual(limits.asked, []);
  // The Module's labels are told of whoever has none.
  assert.equal((await get(dragoman, { path: '/unlabelled/' })).status, 200);
  assert.deepEqual(limits.asked.splice(0), [{ domain: 'shop', descriptors: ['stage=test'] }]);

  const path = '/limited/';
  assert.equal((await get(dragoman, { path, headers: { 'x-user': 'anna', 'x-what': 'tea' } })).status, 200);
  // Without a header that one entry needs, the whole descriptor is not there, but for one that says otherwise.
  assert.equal((await get(dragoman, { path, headers: { 'x-user': 'anna' } })).status, 200);
  assert.equal((await get(dragoman, { path })).status, 200);
  const address = 'stage=test,remote_address=127.0.0.1';
  const plan = 'stage=test,generic_key=gold,area=cart,who=anna';
  assert.deepEqual(limits.asked, [
    { domain: 'shop', descriptors: [`${plan},what=tea`, address] },
    { domain: 'shop', descriptors: [plan, address] },
    { domain: 'shop', descriptors: [address] },
  ]);

  const refused = await get(dragoman, { path, headers: { 'x-user': 'too-much' } });
  assert.deepEqual([refused.status, refused.headers['x-envoy-ratelimited']], [429, 'true']);
});

test('of v0, rate_limits are told with where requests come from and go', async () => {
  await using limits = await startRateLimits();
  const annotated = serviceAt('limits', limits.port).replace(
    'annotations: {',
    `annotations: { getambassador.io/config: "{ apiVersion: ambassador/v0, kind: Mapping, name: old, prefix: /old/,
       service: 'a:80', rate_limits: [{ descriptor: gold, headers: [x-user] }] }",`,
  );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': served + annotated +
        legacy('RateLimitService', 'limits', '{ service: limits, protocol_version: v3, timeout_ms: 2000 }'),
    },
  });
  assert.equal((await get(dragoman, { path: '/old/', headers: { 'x-user': 'anna' } })).status, 200);
  const [told] = limits.asked;
  assert.equal(told?.descriptors.length, 1);
  const where = 'source_cluster=[^,]+,destination_cluster=default/a/80[^,]*,remote_address=127[.]0[.]0[.]1';
  assert.match(String(told?.descriptors[0]), new RegExp(`^${where},generic_key=gold,x-user=anna$`));
});

test('gRPC clients are told what the RateLimitService says that they are told', async () => {
  await using limits = await startRateLimits();
  await using backend = await startGrpcBackend('calls');
  const limitsFile = (more: string): string =>
    legacy(
      'RateLimitService',
      'limits',
      `{ service: limits, protocol_version: v3, timeout_ms: 2000, domain: calls${more} }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + serviceAt('calls', backend.port) +
        serviceAt('limits', limits.port) +
        legacy(
          'Mapping',
          'calls',
          `{ hostname: "*", prefix: /, rewrite: "", service: calls, grpc: true,
             labels: { calls: [{ all: [{ request_headers: { key: who, header_name: x-user } }] }] } }`,
        ),
      'limits.yaml': limitsFile(''),
    },
  });
  using client = new GrpcClient({ port: dragoman.port('http') });
  assert.equal((await client.call('shop.Orders/Get', { 'x-user': 'anna' })).code, 'OK');
  assert.equal((await client.call('shop.Orders/Get', { 'x-user': 'too-much' })).code, 'UNAVAILABLE');
  await dragoman.write('limits.yaml', limitsFile(', grpc: { use_resource_exhausted_code: true }'));
  await eventually(async () =>
    assert.equal((await client.call('shop.Orders/Get', { 'x-user': 'too-much' })).code, 'RESOURCE_EXHAUSTED')
  );
});

test('without a RateLimitService that answers requests pass, unless it says that they do not', async () => {
  const cases: Readonly<Record<string, readonly [status: number, problem: string | undefined]>> = {
    'service: down': [200, undefined],
    'service: down, failure_mode_deny: true': [500, undefined],
    'service: down, tls: missing': [200, 'spec.service'],
    'service: down, tls: missing, failure_mode_deny: true': [500, 'spec.service'],
    'service: "ftp://down", failure_mode_deny: true': [500, 'spec.service'],
    'service: down, protocol_version: v2, failure_mode_deny: true': [500, 'spec.protocol_version'],
  };
  await using dragoman = await Standalone.start({
    files: { 'served.yaml': served + serviceAt('down', '{port:down}'), 'limits.yaml': '' },
  });
  for (const [spec, [status, field]] of Object.entries(cases)) {
    const version = spec.includes('protocol_version') ? '' : 'protocol_version: v3, ';
    await dragoman.write('limits.yaml', legacy('RateLimitService', 'limits', `{ ${version}${spec} }`));
    await eventually(async () => {
      assert.equal((await get(dragoman, { path: '/limited/' })).status, status, spec);
      assert.equal((await get(dragoman)).status, 200, spec);
      const { diagnostics = [] } =
        dragoman.running.dataflow.diagnostics.get('RateLimitService/default/limits') ?? {};
      assert.equal(diagnostics.find(({ severity }) => severity === 'error')?.field, field, spec);
    });
  }
});

test('edits of a RateLimitService under load fail no request', async () => {
  await using one = await startRateLimits();
  await using two = await startRateLimits();
  const edited = (round: number): string =>
    legacy(
      'RateLimitService',
      'limits',
      `{ service: ${round % 2 === 0 ? 'one' : 'two'}, protocol_version: v3, failure_mode_deny: true,
         timeout_ms: ${2_000 + round} }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'served.yaml': served + serviceAt('one', one.port) + serviceAt('two', two.port),
      'limits.yaml': edited(0),
    },
  });
  await survivesEdits(dragoman, { path: '/limited/', file: 'limits.yaml', edited, servers: [one, two] });
});

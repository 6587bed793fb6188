import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { seenHeader, tally } from './expect.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

function mapping(name: string, more = ''): string {
  return legacy('Mapping', name, `{ hostname: "*", prefix: /${name}/, service: a, ${more} }`);
}

function get(dragoman: Standalone, path: string, options: Partial<RequestOptions> = {}): Promise<Answer> {
  return send({ port: dragoman.port('http'), path, host: 'www.example', ...options });
}

test('what the Module says for all Mappings holds for those that say nothing of their own', async () => {
  const tries: SeenRequest[] = [];
  await using dragoman = await Standalone.start({
    echoes: { a: { onRequest: (seen) => tries.push(seen) } },
    files: {
      'all.yaml': listener('http') + everyHost() + service('a') + legacy(
        'Module',
        'ambassador',
        `{ config: {
          cluster_request_timeout_ms: 1500,
          retry_policy: { retry_on: 5xx, num_retries: 2 },
          cors: { origins: ["https://a.example"] },
          add_linkerd_headers: true,
          defaults: { httpmapping: {
            add_request_headers: { x-all: { value: everybody } },
            add_response_headers: { x-told: { value: everybody } },
            remove_request_headers: [x-secret], remove_response_headers: [x-required] } } } }`,
      ) + mapping('usual') + mapping(
        'own',
        `timeout_ms: 20000, retry_policy: { retry_on: 5xx, num_retries: 0 }, cors: { origins: ["https://b.example"] },
         add_linkerd_headers: false, add_request_headers: {}, add_response_headers: { x-told: { value: me } },
         remove_request_headers: [], remove_response_headers: []`,
      ).replace('prefix: /own/', 'prefix: /own/, rewrite: ""') +
        legacy('Mapping', 'required', '{ hostname: "*", prefix: /require/, rewrite: "", service: a }'),
    },
  });
  const origin = (name: string) => ({ headers: { origin: `https://${name}.example` } });
  assert.equal((await get(dragoman, '/usual/?delay=4000')).status, 504);
  assert.equal((await get(dragoman, '/own/?delay=2500')).status, 200);
  const triesOf = async (path: string): Promise<number> => {
    tries.length = 0;
    await get(dragoman, path);
    return tries.length;
  };
  assert.deepEqual([await triesOf('/usual/?status=503'), await triesOf('/own/?status=503')], [3, 1]);
  const allowed = async (path: string, name: string): Promise<unknown> =>
    (await get(dragoman, path, origin(name))).headers['access-control-allow-origin'];
  assert.deepEqual([await allowed('/usual/', 'a'), await allowed('/usual/', 'b')], [
    'https://a.example',
    undefined,
  ]);
  assert.deepEqual([await allowed('/own/', 'a'), await allowed('/own/', 'b')], [
    undefined,
    'https://b.example',
  ]);

  const headers = { 'x-secret': 'x' };
  const [usual, own] = [
    await get(dragoman, '/usual/', { headers }),
    await get(dragoman, '/own/', { headers }),
  ];
  const seen = (answer: Answer): unknown[] => [
    ...['x-all', 'x-secret', 'l5d-dst-override'].map((name) => seenHeader(answer, name)),
    answer.headers['x-told'],
  ];
  assert.deepEqual(seen(usual), ['everybody', undefined, 'a:80', 'everybody']);
  assert.deepEqual(seen(own), [undefined, 'x', undefined, 'me']);
  const required = await get(dragoman, '/require/x-secret-no', { headers: { 'x-secret-no': 'x' } });
  assert.deepEqual([required.status, required.headers['x-required']], [200, undefined]);
});

test('the Module chooses the resolver, load balancer and circuit breakers of all Mappings', async () => {
  const pair = service('a').replace('{echo:a}', '{echo:one},127.0.0.1:{echo:two}');
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + pair + mapping('usual') +
        mapping('own', 'load_balancer: { policy: round_robin }, circuit_breakers: []') + legacy(
          'Module',
          'ambassador',
          `{ config: { resolver: endpoint, load_balancer: { policy: ring_hash, header: x-user },
             circuit_breakers: [{ max_requests: 1, max_pending_requests: 1, max_connections: 1 }] } }`,
        ),
    },
  });
  const request = (path: string) => ({
    port: dragoman.port('http'),
    path,
    host: 'www.example',
    headers: { 'x-user': 'x' },
  });
  assert.equal(Object.keys(await tally(request('/usual/'), { times: 20, parallel: 1 })).length, 1);
  assert.deepEqual(Object.keys(await tally(request('/own/'), { times: 20, parallel: 1 })).sort(), [
    'one',
    'two',
  ]);
  const many = await tally(request('/usual/?delay=300'), { times: 6, parallel: 6 });
  assert.ok((many['503'] ?? 0) > 0, JSON.stringify(many));
  assert.equal((await tally(request('/own/?delay=300'), { times: 6, parallel: 6 }))['503'], undefined);
});

test('services without a namespace are in that of the Mapping, or of the installation where the Module says so', async () => {
  const there = (manifest: string): string =>
    manifest.replace('metadata: { name: a', 'metadata: { namespace: shop, name: a');
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + service('a') +
        there(service('a').replace('{echo:a}', '{echo:shop}')) +
        there(mapping('a')) + mapping('b') + mapping('named').replace('service: a', 'service: a.shop'),
      'module.yaml': '',
    },
  });
  const names = async (): Promise<unknown> =>
    await Promise.all(['a', 'b', 'named'].map(async (name) => (await get(dragoman, `/${name}/`)).seen?.name));
  assert.deepEqual(await names(), ['shop', 'a', 'shop']);
  await dragoman.write(
    'module.yaml',
    legacy('Module', 'ambassador', '{ config: { use_ambassador_namespace_for_service_resolution: true } }'),
  );
  await eventually(async () => assert.deepEqual(await names(), ['a', 'a', 'shop']));
});

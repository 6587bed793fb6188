import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startEcho } from '../../lib/echo/mod.ts';
import { startConsul } from './consul.ts';
import { tally } from './expect.ts';
import { GrpcClient, startGrpcBackend } from './grpc.ts';
import { legacy, listener } from './legacy.ts';
import { service, serviceAt } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const everybody = listener('http') +
  legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }');

function resolver(name: string, address: string): string {
  return legacy('ConsulResolver', name, `{ address: "${address}", datacenter: dc1 }`);
}

test('Consul says where a service is, and what it said last is kept while it fails', async () => {
  await using consul = await startConsul();
  await using a = await startEcho({ name: 'a' });
  await using b = await startEcho({ name: 'b' });
  consul.set('cart', [a.port]);
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': everybody + resolver('consul', `127.0.0.1:${consul.port}`) +
        legacy('Mapping', 'cart', '{ hostname: "*", prefix: /cart/, service: "cart:99", resolver: consul }') +
        legacy('TCPMapping', 'cart', '{ port: {port:tcp}, service: cart, resolver: consul }'),
    },
  });
  const ask = (port = dragoman.port('http')): Promise<Answer> =>
    send({ port, path: '/cart/', host: 'www.example' });
  const who = async (): Promise<unknown> => (await ask()).seen?.name;
  // Proxies were told nothing before Consul had answered.
  assert.equal(await who(), 'a');
  assert.equal((await ask(dragoman.port('tcp'))).seen?.name, 'a');
  assert.match(consul.asked[0] ?? '', /^\/v1\/health\/service\/cart\?dc=dc1&passing=1$/);

  consul.set('cart', [b.port]);
  await eventually(async () => assert.equal(await who(), 'b'));
  consul.set('cart', [a.port, b.port]);
  await eventually(async () => {
    const request = { port: dragoman.port('http'), path: '/cart/', host: 'www.example' };
    assert.deepEqual(Object.keys(await tally(request, { times: 20 })).sort(), ['a', 'b']);
  });

  consul.fail(true);
  const told = (): string[] =>
    (dragoman.running.dataflow.diagnostics.get('ConsulResolver/default/consul')?.diagnostics ?? []).map((
      each,
    ) => each.code);
  await eventually(() => assert.ok(told().includes('ConsulUnavailable')));
  assert.equal((await ask()).status, 200);
  consul.fail(false);
  consul.set('cart', [b.port]);
  await eventually(() => assert.ok(!told().includes('ConsulUnavailable')));
  await eventually(async () => {
    const request = { port: dragoman.port('http'), path: '/cart/', host: 'www.example' };
    assert.deepEqual(Object.keys(await tally(request, { times: 20 })), ['b']);
  });

  // Nobody asks for what no Mapping uses.
  await dragoman.write('all.yaml', everybody);
  const { length } = consul.asked;
  await eventually(() => assert.equal(dragoman.running.dataflow.consulQueries.size, 0));
  consul.set('cart', [a.port]);
  consul.set('cart', [b.port]);
  assert.equal(consul.asked.length, length);
});

test('what goes to a name that nobody asked for before is served as before until Consul has answered', async () => {
  await using consul = await startConsul();
  const routes = (to: string): string =>
    legacy('Mapping', 'cart', `{ hostname: "*", prefix: /cart/, ${to} }`) +
    legacy('TCPMapping', 'cart', `{ port: {port:tcp}, ${to} }`);
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': everybody + service('a') + service('b') +
        resolver('consul', `127.0.0.1:${consul.port}`),
      'routes.yaml': routes('service: "a:80"'),
    },
  });
  const ports = [dragoman.port('http'), dragoman.port('tcp')];
  const who = (): Promise<readonly unknown[]> =>
    Promise.all(ports.map(async (port) => {
      const { status, seen } = await send({ port, path: '/cart/', host: 'www.example' });
      return seen?.name ?? status;
    }));
  const isAsked = (name: string): boolean => consul.asked.some((path) => path.includes(`/${name}?`));
  await eventually(async () => assert.deepEqual(await who(), ['a', 'a']));

  consul.hold('moved');
  await dragoman.write('routes.yaml', routes('service: moved, resolver: consul'));
  await eventually(() => assert.ok(isAsked('moved')));
  for (let time = 0; time < 20; time++) assert.deepEqual(await who(), ['a', 'a']);
  consul.set('moved', [dragoman.echo('b').port]);
  await eventually(async () => {
    const names = await who();
    assert.ok(names.every((name) => name === 'a' || name === 'b'), String(names));
    assert.deepEqual(names, ['b', 'b']);
  });

  // Not for ever.
  consul.hold('silent');
  await dragoman.write('routes.yaml', routes('service: silent, resolver: consul'));
  await eventually(() => assert.ok(isAsked('silent')));
  assert.deepEqual(await who(), ['b', 'b']);
  await eventually(async () => {
    const { status } = await send({ port: dragoman.port('http'), path: '/cart/', host: 'www.example' });
    assert.equal(status, 503);
  });
  const told = dragoman.running.dataflow.diagnostics.get('ConsulResolver/default/consul')?.diagnostics ?? [];
  assert.deepEqual(told.map(({ code }) => code), ['ConsulUnavailable']);
});

test('an agent on this machine is not asked where that is refused', async () => {
  await using consul = await startConsul();
  consul.set('cart', [1]);
  await using dragoman = await Standalone.start({
    settings: { allowLocalBackends: false },
    files: {
      'all.yaml': everybody + resolver('here', `127.0.0.1:${consul.port}`) +
        resolver('named', `localhost:${consul.port}`) +
        legacy('Mapping', 'here', '{ hostname: "*", prefix: /here/, service: cart, resolver: here }') +
        legacy('Mapping', 'named', '{ hostname: "*", prefix: /named/, service: cart, resolver: named }'),
    },
  });
  for (const name of ['here', 'named']) {
    await eventually(() => {
      const told = dragoman.running.dataflow.diagnostics.get(`ConsulResolver/default/${name}`)?.diagnostics ??
        [];
      assert.deepEqual(told.map(({ code }) => code), ['ConsulUnavailable']);
    });
    const answer = await send({ port: dragoman.port('http'), path: `/${name}/`, host: 'www.example' });
    assert.equal(answer.status, 503);
  }
  assert.deepEqual(consul.asked, []);
});

test('endpoints that fail their health checks get no requests', async () => {
  const sick = createServer((request, response) => {
    const asked = Number(/^\/checked-(\d+)$/.exec(request.url ?? '')?.[1] ?? 200);
    response.statusCode = request.url === '/health' && request.headers['x-check'] === '1' ? 500 : asked;
    response.end(JSON.stringify({ name: 'sick' }));
  });
  await new Promise<void>((resolve) => sick.listen(0, '127.0.0.1', resolve));
  const { port } = sick.address() as AddressInfo;
  const pair = service('pair').replace('{echo:pair}', `{echo:well},127.0.0.1:${port}`);
  const checks =
    `[{ interval: 0.2s, timeout: 10s, unhealthy_threshold: 1, health_check: { http: { path: /health,
    hostname: health.example, add_request_headers: { x-check: { value: "1" } } } } }]`;
  const probes: string[] = [];
  await using dragoman = await Standalone.start({
    echoes: {
      well: {
        onRequest: ({ path, host }) => {
          if (path === '/health') probes.push(host);
        },
      },
    },
    files: {
      'all.yaml': everybody + pair +
        legacy(
          'Mapping',
          'checked',
          `{ hostname: "*", prefix: /checked/, service: pair, resolver: endpoint,
          health_checks: ${checks} }`,
        ) +
        ['204', '205'].map((status) =>
          legacy(
            'Mapping',
            `checked-${status}`,
            `{ hostname: "*", prefix: /checked-${status}/, service: pair, resolver: endpoint, health_checks: [
              { interval: 0.2s, timeout: 10s, unhealthy_threshold: 1, health_check: { http: {
                path: /checked-${status}, expected_statuses: [{ min: 200, max: 204 }] } } }] }`,
          )
        ).join('') +
        legacy(
          'Mapping',
          'unchecked',
          '{ hostname: "*", prefix: /unchecked/, service: pair, resolver: endpoint }',
        ),
    },
  });
  const tallied = (path: string) =>
    tally({ port: dragoman.port('http'), path, host: 'www.example' }, { times: 40 });
  await eventually(async () => assert.deepEqual(Object.keys(await tallied('/checked/')), ['well']));
  assert.deepEqual(Object.keys(await tallied('/unchecked/')).sort(), ['sick', 'well']);
  await eventually(async () => assert.deepEqual(Object.keys(await tallied('/checked-205/')), ['well']));
  // The greatest of the statuses is one of them.
  assert.deepEqual(Object.keys(await tallied('/checked-204/')).sort(), ['sick', 'well']);
  assert.deepEqual([...new Set(probes)], ['health.example']);
  sick.close();
  sick.closeAllConnections();
});

test('backends of gRPC that say they do not serve get no calls until they serve again', async () => {
  await using well = await startGrpcBackend('well');
  await using sick = await startGrpcBackend('sick');
  sick.health.serving = false;
  const checks =
    `[{ interval: 0.2s, timeout: 10s, unhealthy_threshold: 2, healthy_threshold: 2, health_check: { grpc: {
    upstream_name: shop.Orders, authority: health.example } } }]`;
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': everybody + serviceAt('pair', `${well.port},127.0.0.1:${sick.port}`) +
        legacy(
          'Mapping',
          'checked',
          `{ hostname: checked.example, prefix: /shop.Orders/, rewrite: "", service: pair, grpc: true,
             resolver: endpoint, health_checks: ${checks} }`,
        ) +
        legacy(
          'Mapping',
          'unchecked',
          `{ hostname: unchecked.example, prefix: /shop.Orders/, rewrite: "", service: pair, grpc: true,
             resolver: endpoint }`,
        ),
    },
  });
  const names = async (host: string): Promise<readonly unknown[]> => {
    using client = new GrpcClient({ port: dragoman.port('http'), host });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('shop.Orders/Get')));
    return [...new Set(answers.map(({ code, seen }) => seen?.name ?? code))].sort();
  };
  for (const serving of [false, true, false]) {
    sick.health.serving = serving;
    const expected = serving ? ['sick', 'well'] : ['well'];
    await eventually(async () => assert.deepEqual(await names('checked.example'), expected));
    assert.deepEqual(await names('unchecked.example'), ['sick', 'well']);
  }
  for (const { health } of [well, sick]) {
    const asked = new Set(health.asked.map(({ service, host }) => `${service} of ${host}`));
    assert.deepEqual([...asked], ['shop.Orders of health.example']);
  }
});

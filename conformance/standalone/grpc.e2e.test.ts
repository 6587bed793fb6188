import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { ALL_WELL, assertShare, parentConditions } from './expect.ts';
import { GrpcClient, startGrpcBackend } from './grpc.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

/** A Service with port 80 in front of a gRPC backend. */
function grpcService(name: string, { port }: { readonly port: number }): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}" } }
spec: { ports: [{ port: 80 }] }
`;
}

/** A GRPCRoute of Gateway `web`; `rules` and the rest of the spec are flow YAML. */
function grpcRoute(
  name: string,
  { rules, more = '' }: { readonly rules: string; readonly more?: string },
): string {
  return httpRoute(name, { rules, more }).replace('kind: HTTPRoute', 'kind: GRPCRoute');
}

function to(...backends: readonly string[]): string {
  return `backendRefs: [${backends.map((each) => `{ port: 80, name: ${each} }`).join(', ')}]`;
}

test('calls go by service, method and metadata, and nothing but calls', async () => {
  await using a = await startGrpcBackend('a');
  await using b = await startGrpcBackend('b');
  await using c = await startGrpcBackend('c');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': grpcService('a', a) + grpcService('b', b) + grpcService('c', c),
      'route.yaml': grpcRoute('web', {
        rules: `[
          { matches: [{ method: { service: shop.Orders } }], ${to('a')} },
          { matches: [{ method: { service: shop.Orders, method: Get } }, { method: { method: Ping } }], ${
          to('b')
        } },
          { matches: [{ method: { service: shop.Orders, method: Get }, headers: [{ name: X-Version, value: v2 }] }], ${
          to('c')
        } },
          { matches: [{ method: { type: RegularExpression, service: "shop\\\\.C[a-z]+", method: "G.*" } }], ${
          to('c')
        } },
        ]`,
      }),
    },
  });
  using client = new GrpcClient({ port: dragoman.port('http') });
  const cases: readonly (readonly [method: string, metadata: Record<string, string>, to: string])[] = [
    ['shop.Orders/List', {}, 'a'],
    ['shop.Orders/Get', {}, 'b'],
    ['shop.Orders/Get', { 'x-version': 'v2' }, 'c'],
    ['shop.Orders/Get', { 'x-version': 'v20' }, 'b'],
    ['shop.Carts/Get', {}, 'c'],
    ['other.Api/Ping', {}, 'b'],
  ];
  for (const [method, metadata, name] of cases) {
    const { code, details, seen } = await client.call(method, metadata);
    assert.deepEqual([code, seen?.name, seen?.path], ['OK', name, `/${method}`], `${method}: ${details}`);
  }
  assert.equal((await client.call('other.Api/Pong')).code, 'UNIMPLEMENTED');
  assert.equal((await send({ port: dragoman.port('http'), path: '/shop.Orders/List' })).status, 404);
  assert.deepEqual(await client.stream('shop.Orders/Watch', ['one', 'two']), ['one', 'two']);
  assert.deepEqual(parentConditions(dragoman, { kind: 'GRPCRoute', route: 'web' }), ALL_WELL);
  const listed = await (await fetch(`${dragoman.running.statusUrl}/api/v1/routes`)).json() as {
    readonly items: readonly {
      readonly kind: string;
      readonly rules: number;
      readonly backends: readonly string[];
    }[];
  };
  assert.deepEqual(listed.items.map(({ kind, rules, backends }) => [kind, rules, backends]), [
    ['GRPCRoute', 4, ['default/a/80/http2', 'default/b/80/http2', 'default/c/80/http2']],
  ]);
});

test('calls are shared by weight, and those that no backend can take are UNAVAILABLE', async () => {
  await using a = await startGrpcBackend('a');
  await using b = await startGrpcBackend('b');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': grpcService('a', a) + grpcService('b', b),
      'route.yaml': grpcRoute('web', {
        rules: `[
          { matches: [{ method: { method: Get } }], ${to('a, weight: 3', 'b', 'a, weight: 0')} },
          { matches: [{ method: { method: List } }], ${to('a, weight: 3', 'gone')} },
          { matches: [{ method: { service: other.Api } }] },
          { matches: [{ method: { type: RegularExpression, service: "(" } }, { method: { service: broken.Rule } }], ${
          to('a')
        } },
        ]`,
      }),
    },
  });
  using client = new GrpcClient({ port: dragoman.port('http') });
  const times = 400;
  const count = async (method: string): Promise<Record<string, number>> => {
    const answers = await Promise.all(Array.from({ length: times }, () => client.call(method)));
    const counts: Record<string, number> = {};
    for (const { code, seen } of answers) {
      const who = seen?.name ?? code;
      counts[who] = (counts[who] ?? 0) + 1;
    }
    return counts;
  };
  const shared = await count('shop.Orders/Get');
  assert.deepEqual(Object.keys(shared).sort(), ['a', 'b']);
  assertShare(shared['a'], { of: times, share: 0.75, what: 'a' });
  const partly = await count('shop.Orders/List');
  assert.deepEqual(Object.keys(partly).sort(), ['UNAVAILABLE', 'a']);
  assertShare(partly['a'], { of: times, share: 0.75, what: 'a beside an invalid backend' });
  assert.equal((await client.call('other.Api/Ping')).code, 'UNAVAILABLE');
  assert.equal((await client.call('broken.Rule/Get')).code, 'UNAVAILABLE');
  assert.deepEqual(parentConditions(dragoman, { kind: 'GRPCRoute', route: 'web' }), {
    Accepted: 'True/Accepted',
    PartiallyInvalid: 'True/UnsupportedValue',
    ResolvedRefs: 'False/BackendNotFound',
  });
});

test('filters change metadata and mirror calls, and sessions stay with their backend', async () => {
  await using a = await startGrpcBackend('a');
  await using b = await startGrpcBackend('b');
  await using m = await startGrpcBackend('m');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': grpcService('a', a) + grpcService('b', b) + grpcService('m', m) + `
---
apiVersion: v1
kind: Service
metadata: { name: both, annotations: { dragoman.dev/endpoints: "127.0.0.1:${a.port},127.0.0.1:${b.port}" } }
spec: { ports: [{ port: 80 }] }
`,
      'route.yaml': grpcRoute('web', {
        rules: `[
          { matches: [{ method: { service: shop.Orders } }], ${to('a')}, filters: [
            { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-set, value: new }], remove: [x-gone] } },
            { type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: x-answer, value: added }] } },
            { type: RequestMirror, requestMirror: { backendRef: { name: m, port: 80 } } },
          ] },
          { matches: [{ method: { service: shop.Carts } }], ${
          to(
            'a, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-to, value: a }] } }]',
            'b, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-to, value: b }] } }]',
          )
        } },
          { matches: [{ method: { service: other.Api } }], ${
          to('both')
        }, sessionPersistence: { type: Header, header: { name: x-session } } },
        ]`,
      }),
    },
  });
  using client = new GrpcClient({ port: dragoman.port('http') });
  const { seen, headers } = await client.call('shop.Orders/Get', { 'x-set': 'old', 'x-gone': '1' });
  assert.deepEqual([seen?.metadata['x-set'], seen?.metadata['x-gone']], ['new', undefined]);
  assert.equal(headers['x-answer'], 'added');
  await eventually(() =>
    assert.deepEqual(m.calls.map(({ path, name }) => [path, name]), [['/shop.Orders/Get', 'm']])
  );

  for (let i = 0; i < 10; i++) {
    const call = await client.call('shop.Carts/Get');
    assert.equal(call.seen?.metadata['x-to'], call.seen?.name);
  }

  const first = await client.call('other.Api/Ping');
  const session = String(first.headers['x-session']);
  for (let i = 0; i < 10; i++) {
    const again = await client.call('other.Api/Ping', { 'x-session': session });
    assert.equal(again.seen?.name, first.seen?.name);
  }
  assert.deepEqual(parentConditions(dragoman, { kind: 'GRPCRoute', route: 'web' }), ALL_WELL);
});

test('calls by TLS reach backends by TLS', async () => {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'www', names: ['www.example.com'] });
  await using a = await startGrpcBackend('a', await ca.issue({ commonName: 'a', names: ['a.example.com'] }));
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(
        '[{ name: https, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: www }] } }]',
      ),
      'secrets.yaml': tlsSecret('www', pair) + caConfigMap('ca', ca.cert),
      'services.yaml': grpcService('a', a) + grpcService('b', a),
      'policies.yaml': [['a', 'a.example.com'], ['b', 'b.example.com']].map(([name, hostname]) => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name} }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${name} }]
  validation: { hostname: ${hostname}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`).join(''),
      'route.yaml': grpcRoute('web', {
        rules: `[
          { matches: [{ method: { service: shop.Orders } }], ${to('a')} },
          { matches: [{ method: { service: shop.Carts } }], ${to('b')} },
        ]`,
      }),
    },
  });
  using client = new GrpcClient({ port: dragoman.port('https'), ca: ca.cert });
  assert.equal((await client.call('shop.Orders/Get')).seen?.name, 'a');
  // The backend is not who the policy says.
  assert.equal((await client.call('shop.Carts/Get')).code, 'UNAVAILABLE');
});

test('of an HTTPRoute and a GRPCRoute of one hostname the first by name stays, until it goes', async () => {
  await using a = await startGrpcBackend('a');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': grpcService('a', a) + service('web'),
      'http.yaml': httpRoute('first', { rules: `[{ ${to('web')} }]`, more: 'hostnames: ["*.example.com"]' }),
      'grpc.yaml': grpcRoute('second', { rules: `[{ ${to('a')} }]`, more: 'hostnames: [www.example.com]' }),
    },
  });
  const port = dragoman.port('http');
  const conditionsOf = (kind: string, route: string): Readonly<Record<string, string>> =>
    parentConditions(dragoman, { kind, route });
  assert.deepEqual(conditionsOf('HTTPRoute', 'first'), ALL_WELL);
  assert.deepEqual(conditionsOf('GRPCRoute', 'second'), { ...ALL_WELL, Accepted: 'False/HostnameConflict' });
  assert.equal((await send({ port, host: 'www.example.com' })).seen?.name, 'web');

  dragoman.remove('http.yaml');
  using client = new GrpcClient({ port });
  await eventually(async () => assert.equal((await client.call('shop.Orders/Get')).seen?.name, 'a'));
  assert.deepEqual(conditionsOf('GRPCRoute', 'second'), ALL_WELL);
});

test('a port of a Service is spoken to by HTTP/2 for GRPCRoutes, by HTTP/1.1 for HTTPRoutes', async () => {
  const versions: string[] = [];
  await using dragoman = await Standalone.start({
    echoes: { web: { onRequest: ({ httpVersion }) => void versions.push(httpVersion) } },
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('web'),
      'http.yaml': httpRoute('plain', { rules: `[{ ${to('web')} }]`, more: 'hostnames: [http.example.com]' }),
      'grpc.yaml': grpcRoute('calls', { rules: `[{ ${to('web')} }]`, more: 'hostnames: [grpc.example.com]' }),
    },
  });
  const port = dragoman.port('http');
  await send({ port, host: 'http.example.com' });
  using client = new GrpcClient({ port, host: 'grpc.example.com' });
  await client.call('shop.Orders/Get');
  assert.deepEqual(versions, ['1.1', '2']);
});

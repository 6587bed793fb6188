import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { type StringValue, StringValueSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import type * as GrpcWeb from 'grpc-web';
import { ALL_WELL, parentConditions } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { deserialize, serialize, shopOrders, startShop } from './shop-service.ts';
import { Standalone } from './standalone.ts';

function shop(port: number): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: shop, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}" } }
spec: { ports: [{ port: 80 }] }
`;
}

function grpcRoute(rules: string, annotations = ''): string {
  return httpRoute('web', { rules }).replace('kind: HTTPRoute', 'kind: GRPCRoute')
    .replace('name: web }', `name: web, annotations: { ${annotations} } }`);
}

const TO_SHOP =
  '[{ matches: [{ method: { service: shop.Orders } }], backendRefs: [{ name: shop, port: 80 }] }]';

/** A call of a method by name, as connect's clients have it. */
type Unary = (request: { value: string }, options?: object) => Promise<StringValue>;
type Stream = (request: { value: string }) => AsyncIterable<StringValue>;

function connectClient(port: number): Record<'get' | 'fail', Unary> & { readonly follow: Stream } {
  const client: unknown = createClient(
    shopOrders,
    createGrpcWebTransport({ baseUrl: `http://127.0.0.1:${port}` }),
  );
  return client as ReturnType<typeof connectClient>;
}

async function failureOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => undefined, (reason: unknown) => ConnectError.from(reason));
  return error === undefined ? 'OK' : `${Code[error.code]} ${error.rawMessage}`;
}

test('connect-web calls a gRPC backend by gRPC-Web: messages, streams, metadata and failures', async () => {
  await using backend = await startShop();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': shop(backend.port),
      'route.yaml': grpcRoute(
        `[{ matches: [{ method: { service: shop.Orders } }], backendRefs: [{ name: shop, port: 80 }] },
          { matches: [{ method: { service: shop.Orders, method: Get }, headers: [{ name: x-asked, value: nobody }] }] }]`,
      ),
    },
  });
  const client = connectClient(dragoman.port('http'));
  let received = new Headers();
  const answer = await client.get({ value: 'one' }, {
    headers: { 'x-asked': 'me' },
    onHeader: (headers: Headers) => received = headers,
  });
  assert.deepEqual([answer.value, received.get('x-seen')], ['one', 'me']);
  const texts: string[] = [];
  for await (const { value } of client.follow({ value: 'row' })) texts.push(value);
  assert.deepEqual(texts, ['row 1', 'row 2', 'row 3']);
  assert.equal(await failureOf(client.fail({ value: 'no such order' })), 'NotFound no such order');
  assert.match(
    await failureOf(client.get({ value: 'x' }, { headers: { 'x-asked': 'nobody' } })),
    /^Unavailable/,
  );
  assert.deepEqual(backend.calls, ['/shop.Orders/Get', '/shop.Orders/Follow', '/shop.Orders/Fail']);
  assert.deepEqual(parentConditions(dragoman, { kind: 'GRPCRoute', route: 'web' }), ALL_WELL);
});

test('grpc-web of Google calls in text and in binary', async () => {
  const require = createRequire(import.meta.url);
  // It is for browsers, and so is what it needs.
  Object.assign(globalThis, require('xhr2') as object);
  const { GrpcWebClientBase, MethodDescriptor } = require('grpc-web') as typeof GrpcWeb;
  await using backend = await startShop();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': shop(backend.port),
      'route.yaml': grpcRoute(TO_SHOP),
    },
  });
  const method = (
    type: string,
    name: string,
  ): [string, GrpcWeb.MethodDescriptor<StringValue, StringValue>] => [
    `http://127.0.0.1:${dragoman.port('http')}/shop.Orders/${name}`,
    new MethodDescriptor(`/shop.Orders/${name}`, type, Object, Object, serialize, deserialize),
  ];
  for (const format of ['text', 'binary']) {
    const client = new GrpcWebClientBase({ format });
    const [path, descriptor] = method('unary', 'Get');
    const answer = await client.unaryCall(path, create(StringValueSchema, { value: format }), {}, descriptor);
    assert.equal(answer.value, format);
  }
  const [path, descriptor] = method('server_streaming', 'Follow');
  const stream = new GrpcWebClientBase({ format: 'text' }).serverStreaming(
    path,
    create(StringValueSchema, { value: 'row' }),
    {},
    descriptor,
  );
  const texts: string[] = [];
  await new Promise<void>((resolve, reject) => {
    stream.on('data', ({ value }) => texts.push(value));
    stream.on('error', reject);
    stream.on('end', resolve);
  });
  assert.deepEqual(texts, ['row 1', 'row 2', 'row 3']);
  assert.equal(backend.calls.length, 3);
});

test('pages of the origins that the annotation names may call, by preflight and by answer', async () => {
  await using backend = await startShop();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': shop(backend.port),
      'route.yaml': grpcRoute(
        `[{ matches: [{ method: { service: shop.Orders }, headers: [{ name: x-grpc-web, value: '1' }] }],
            backendRefs: [{ name: shop, port: 80 }] }]`,
        'dragoman.dev/grpc-web-origins: "https://app.example.com, https://*.example.org"',
      ),
    },
  });
  const port = dragoman.port('http');
  const preflight = async (origin: string, path = '/shop.Orders/Get', method = 'POST') => {
    const { status, headers } = await send({
      port,
      path,
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent',
      },
    });
    const value = (name: string): unknown => headers[`access-control-${name}`];
    return [status, ...['allow-origin', 'allow-methods', 'allow-headers', 'max-age'].map(value)];
  };
  for (const origin of ['https://app.example.com', 'https://a.example.org']) {
    assert.deepEqual(await preflight(origin), [200, origin, 'POST', '*, authorization', '600']);
  }
  assert.equal((await preflight('https://evil.example'))[1], undefined);
  assert.equal((await preflight('https://app.example.com', '/shop.Orders/Get', 'GET'))[0], 404);
  assert.equal((await preflight('https://app.example.com', '/other.Api/Get'))[0], 404);
  assert.deepEqual(backend.calls, []);

  const client = connectClient(port);
  const allowed = async (origin: string): Promise<readonly (string | null)[]> => {
    let received = new Headers();
    await client.get({ value: 'x' }, {
      headers: { origin },
      onHeader: (headers: Headers) => received = headers,
    });
    return ['allow-origin', 'expose-headers'].map((name) => received.get(`access-control-${name}`));
  };
  assert.deepEqual(await allowed('https://app.example.com'), ['https://app.example.com', '*']);
  assert.deepEqual(await allowed('https://evil.example'), [null, null]);
});

test('an HTTPRoute hands gRPC-Web on as it came, to backends that speak it themselves', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('web'),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: web, port: 80 }] }]' }),
    },
  });
  const { seen } = await send({
    port: dragoman.port('http'),
    path: '/shop.Orders/Get',
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web-text' },
  });
  assert.equal(seen?.headers['content-type'], 'application/grpc-web-text');
});

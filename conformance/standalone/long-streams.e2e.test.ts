import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, WebSocket } from 'undici';
import { Authority, tlsSecret } from './certificates.ts';
import { GrpcClient, startGrpcBackend } from './grpc.ts';
import { Http2Client } from './http2-request.ts';
import { Http3Client } from './http3.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone, type StandaloneOptions } from './standalone.ts';

const CHAT = httpRoute('chat', {
  more: 'hostnames: [localhost]',
  rules: '[{ backendRefs: [{ name: chat, port: 80 }] }]',
});
const CALLS = httpRoute('calls', {
  more: 'hostnames: [calls.example.com]',
  rules: '[{ backendRefs: [{ name: calls, port: 80 }] }]',
}).replace('kind: HTTPRoute', 'kind: GRPCRoute');

const PARAMETERS = `
---
apiVersion: dragoman.dev/v1alpha1
kind: GatewayParameters
metadata: { name: http3 }
spec: { http3: true }
`;

/** A Gateway with HTTPS on `{port:https}` and more listeners; what its TLS options say decides whether it is the same. */
function listeners({ options = '{}', more = '' } = {}): string {
  return gateway(`[
    { name: http, port: {port:http}, protocol: HTTP },
    { name: https, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: www }], options: ${options} } },
    ${more}
  ]`).replace(
    'spec: { gatewayClassName: dragoman, ',
    'spec: { gatewayClassName: dragoman, infrastructure: { parametersRef: { group: dragoman.dev, kind: GatewayParameters, name: http3 } }, ',
  ) + PARAMETERS;
}

/** Messages on a WebSocket, one answered after the other. */
class Chat implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #agent: Agent;
  readonly ended: Promise<unknown>;

  private constructor(socket: WebSocket, agent: Agent) {
    this.#socket = socket;
    this.#agent = agent;
    this.ended = new Promise((resolve) => socket.addEventListener('close', resolve));
  }

  static async open(url: string, { ca, allowH2 }: { ca: string; allowH2: boolean }): Promise<Chat> {
    const agent = new Agent({ allowH2, connect: { ca } });
    const socket = new WebSocket(url, { dispatcher: agent });
    const open = await new Promise((resolve) => {
      socket.addEventListener('open', () => resolve(true));
      socket.addEventListener('error', () => resolve(false));
    });
    if (open === true) return new Chat(socket, agent);
    await agent.destroy();
    throw new Error('the WebSocket does not open');
  }

  async ask(text: string): Promise<unknown> {
    this.#socket.send(text);
    const [{ data }] = await once(this.#socket, 'message') as [{ readonly data: unknown }];
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

interface World {
  readonly ca: Authority;
  readonly dragoman: Standalone;
}

async function start(
  calls: { readonly port: number },
  options: Omit<StandaloneOptions, 'files'> = {},
): Promise<World> {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'www', names: ['localhost', 'calls.example.com'] });
  const dragoman = await Standalone.start({
    ...options,
    files: {
      'gateway.yaml': listeners(),
      'secret.yaml': tlsSecret('www', pair),
      'services.yaml': service('chat') + `
---
apiVersion: v1
kind: Service
metadata: { name: calls, annotations: { dragoman.dev/endpoints: "127.0.0.1:${calls.port}" } }
spec: { ports: [{ port: 80 }] }
`,
      'routes.yaml': CHAT + CALLS,
    },
  });
  return { ca, dragoman };
}

test('HTTP/2 by prior knowledge is spoken in clear text, for many requests on one connection', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('a', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
    },
  });
  using client = Http2Client.open(dragoman.port('http'));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => client.send({ host: 'www.example.com', path: `/${i}` })),
  );
  assert.deepEqual(answers.map(({ seen }) => seen?.path), answers.map((_, i) => `/${i}`));
  assert.equal((await send({ port: dragoman.port('http') })).seen?.name, 'a');
});

test('streams outlive edits of their listener, and its end, while new connections get what is said now', async () => {
  await using calls = await startGrpcBackend('calls');
  const { ca, dragoman } = await start(calls);
  await using _ = dragoman;
  const port = dragoman.port('https');
  const url = `wss://localhost:${port}/`;
  using client = new GrpcClient({ port, host: 'calls.example.com', ca: ca.cert });
  const stream = client.open('shop.Orders/Watch');
  await using one = await Chat.open(url, { ca: ca.cert, allowH2: false });
  await using two = await Chat.open(url, { ca: ca.cert, allowH2: true });
  let asked = 0;
  const allAnswer = async (): Promise<void> => {
    const text = `message ${asked++}`;
    assert.deepEqual(await Promise.all([stream.ask(text), one.ask(text), two.ask(text)]), [text, text, text]);
  };
  await allAnswer();

  await dragoman.write('routes.yaml', CHAT.replace('name: chat, port', 'name: gone, port') + CALLS);
  await eventually(async () => {
    assert.equal((await send({ port: dragoman.port('http'), host: 'localhost' })).status, 500);
  });
  await allAnswer();
  // Another listener beside, then another chain in place of their own.
  const more = `{ name: more, port: {port:https}, protocol: HTTPS, hostname: more.example.com,
    tls: { certificateRefs: [{ name: www }] } }`;
  await dragoman.write('gateway.yaml', listeners({ more }));
  const another = { port, serverName: 'localhost', ca: ca.cert };
  await dragoman.write('gateway.yaml', listeners({ more, options: '{ dragoman.dev/alpn: http/1.1 }' }));
  await eventually(() => assert.rejects(Http3Client.open({ ...another, timeout: 0.5 })));
  await allAnswer();
  await dragoman.write('gateway.yaml', gateway());
  await eventually(() => assert.rejects(Chat.open(url, { ca: ca.cert, allowH2: false })));
  await allAnswer();
  stream.end();
});

test('streams of a listener that is gone end with the time for draining, and not before', async () => {
  await using calls = await startGrpcBackend('calls');
  const { ca, dragoman } = await start(calls, { listenerDrainMs: 4_000 });
  await using _ = dragoman;
  const port = dragoman.port('https');
  using client = new GrpcClient({ port, host: 'calls.example.com', ca: ca.cert });
  const stream = client.open('shop.Orders/Watch');
  await using chat = await Chat.open(`wss://localhost:${port}/`, { ca: ca.cert, allowH2: false });
  assert.deepEqual(await Promise.all([stream.ask('a'), chat.ask('a')]), ['a', 'a']);
  const removed = performance.now();
  await dragoman.write('gateway.yaml', gateway());
  await sleep(1_000);
  assert.deepEqual(await Promise.all([stream.ask('b'), chat.ask('b')]), ['b', 'b']);
  await Promise.all([stream.ended, chat.ended]);
  const took = performance.now() - removed;
  assert.ok(took > 3_500 && took < 30_000, `${took} ms`);
});

test('a proxy that ends waits for requests of every protocol, and for no idle connection', async () => {
  await using calls = await startGrpcBackend('calls');
  for (const busy of [false, true]) {
    const seen: string[] = [];
    const { ca, dragoman } = await start(calls, {
      echoes: { chat: { onRequest: ({ path }) => void seen.push(path) } },
    });
    const target = { port: dragoman.port('https'), serverName: 'localhost', ca: ca.cert };
    using http3 = await Http3Client.open(target);
    assert.equal((await http3.send({ host: 'localhost' })).status, 200);
    using client = new GrpcClient({ port: target.port, host: 'calls.example.com', ca: ca.cert });
    assert.equal((await client.call('shop.Orders/Get')).code, 'OK');
    const slow = busy ? http3.send({ host: 'localhost', path: '/?delay=1500' }) : undefined;
    if (busy) await eventually(() => assert.ok(seen.includes('/?delay=1500')));
    const started = performance.now();
    await dragoman[Symbol.asyncDispose]();
    const took = performance.now() - started;
    assert.equal((await slow)?.status, busy ? 200 : undefined);
    // The busy one has up to 5 s.
    assert.ok(busy || took < 4_500, `${took} ms`);
  }
});

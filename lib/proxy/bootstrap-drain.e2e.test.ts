import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../testing/eventually.ts';
import { PAUSE } from './bootstrap-drain.ts';
import { DRAIN_HEADER } from './bootstrap-health.ts';
import { kubernetesBootstrap } from './bootstrap-kubernetes.ts';
import { type Pod, startPod } from './testing/pod.ts';
import { withListener } from './testing/static-bootstrap.ts';

const TOKEN = 'open sesame';

interface Stand {
  readonly pod: Pod;
  /** Of the listener with the backend behind it. */
  readonly port: number;
  /** Paths of the requests that the backend has got, and of those that it has answered. */
  readonly got: readonly string[];
  readonly answered: readonly string[];
  /** Asks for the drain; resolves with the answer and how long it took, ms. */
  readonly drain: () => Promise<{ readonly body: string; readonly tookMs: number }>;
}

interface StandOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly protocol?: 'http' | 'tcp';
}

/** A proxy before a backend that answers `/MS` after so many ms and echoes what is upgraded. */
async function stand(t: TestContext, { protocol = 'http', ...bounds }: StandOptions): Promise<Stand> {
  const [got, answered]: [string[], string[]] = [[], []];
  const backend = createServer(({ url = '' }, response) => {
    got.push(url);
    setTimeout(() => {
      answered.push(url);
      response.end('hello');
    }, Number(url.slice(1)));
  });
  backend.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  t.after(() => {
    backend.closeAllConnections();
    backend.close();
  });
  const upstreamPort = (backend.address() as AddressInfo).port;
  const pod = await startPod({
    bootstrap: (parts) =>
      withListener(
        kubernetesBootstrap({
          fleet: 'infra/web',
          xds: { host: '127.0.0.1', port: 1, name: 'xds' },
          drain: { token: TOKEN, ...bounds },
          ...parts,
        }),
        { upstreamPort, protocol },
      ),
  });
  t.after(() => pod[Symbol.asyncDispose]());
  return {
    pod,
    port: await pod.portOf('test'),
    got,
    answered,
    async drain() {
      const started = performance.now();
      const answer = await pod.health('/drain', { [DRAIN_HEADER]: TOKEN });
      assert.equal(answer.status, 200);
      return { body: await answer.text(), tookMs: performance.now() - started };
    },
  };
}

interface Answer {
  readonly body: string;
  readonly connection: string | undefined;
}

/** Asks by a connection that it would keep. */
async function ask(
  port: number,
  path: string,
  agent: Agent = new Agent({ keepAlive: true }),
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => body += chunk);
      response.on('end', () => resolve({ body, connection: response.headers.connection }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

test('a drain needs the token', async (t) => {
  const { pod, port } = await stand(t, { minMs: 0, maxMs: 1_000 });
  for (const headers of [{}, { [DRAIN_HEADER]: '' }, { [DRAIN_HEADER]: 'open' }]) {
    assert.equal((await pod.health('/drain', headers)).status, 404);
  }
  assert.equal(await (await pod.health('/ready')).text(), 'LIVE\n');
  assert.equal((await ask(port, '/0')).connection, undefined);
});

test('an idle proxy is drained after the minimum', async (t) => {
  const { drain } = await stand(t, { minMs: 1_500, maxMs: 20_000 });
  const { body, tookMs } = await drain();
  assert.equal(body, 'drained');
  assert.ok(tookMs >= 1_500 && tookMs < 15_000, `${tookMs} ms`);
});

test('a draining proxy is not ready but alive, takes new connections and lets each go after its request', async (t) => {
  const { pod, port, drain } = await stand(t, { minMs: 1_500, maxMs: 20_000 });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  assert.equal((await ask(port, '/0', agent)).connection, undefined);
  const drained = drain();
  await eventually(async () => assert.equal((await pod.health('/ready')).status, 503));
  assert.equal((await pod.health('/live')).status, 200);
  for (const by of [agent, new Agent({ keepAlive: true })]) {
    assert.deepEqual(await ask(port, '/0', by), { body: 'hello', connection: 'close' });
  }
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const goaway = once(session, 'goaway');
  const stream = session.request({ ':path': '/0' });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  stream.resume();
  await goaway;
  session.close();
  assert.equal((await drained).body, 'drained');
  assert.equal(await pod.terminate(), 0);
});

test('a drain waits for requests in flight, and they finish', async (t) => {
  const { pod, port, got, answered, drain } = await stand(t, { minMs: 0, maxMs: 20_000 });
  const answer = ask(port, '/2500');
  await eventually(() => assert.deepEqual(got, ['/2500']));
  const { body, tookMs } = await drain();
  assert.deepEqual([body, answered], ['drained', ['/2500']]);
  assert.ok(tookMs < 15_000, `${tookMs} ms`);
  assert.deepEqual(await answer, { body: 'hello', connection: 'close' });
  assert.equal(await pod.terminate(), 0);
});

test('a drain does not wait for connections without a request', async (t) => {
  const { port, drain } = await stand(t, { minMs: 0, maxMs: 20_000 });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  await ask(port, '/0', agent);
  const { body, tookMs } = await drain();
  assert.equal(body, 'drained');
  assert.ok(tookMs < 15_000, `${tookMs} ms`);
});

test('a drain waits for a WebSocket, and at most for the maximum', async (t) => {
  const { port, drain } = await stand(t, { minMs: 0, maxMs: 2_000 });
  const headers = { connection: 'upgrade', upgrade: 'websocket' };
  const upgrade = request({ host: '127.0.0.1', port, headers, agent: false }).end();
  const [, socket] = await once(upgrade, 'upgrade') as [unknown, Socket];
  const { body, tookMs } = await drain();
  assert.equal(body, 'busy');
  assert.ok(tookMs >= 2_000 && tookMs < 15_000, `${tookMs} ms`);
  socket.write('still here');
  assert.equal(String((await once(socket, 'data'))[0]), 'still here');
  socket.destroy();
});

test('a drain ends soon after the last TCP connection', async (t) => {
  const { pod, port, drain } = await stand(t, { minMs: 0, maxMs: 20_000, protocol: 'tcp' });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  await eventually(async () =>
    assert.match((await pod.admin('/stats?filter=^tcp.test.downstream_cx_total')).body, /: 1/)
  );
  const drained = drain();
  await sleep(1_500);
  socket.destroy();
  const { body, tookMs } = await drained;
  assert.equal(body, 'drained');
  assert.ok(tookMs >= 1_500 && tookMs < 15_000, `${tookMs} ms`);
});

test('a drain waits while requests still come, however short they are', async (t) => {
  const { port, drain } = await stand(t, { minMs: 0, maxMs: 20_000 });
  const started = performance.now();
  const drained = drain();
  let longest = 0;
  for (let last = started; last - started < 2_000;) {
    await ask(port, '/0');
    await sleep(50);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  const { body, tookMs } = await drained;
  assert.equal(body, 'drained');
  // It may end after two looks without a request, which come apart only if the test itself stands still.
  assert.ok(tookMs >= 2_000 || longest > PAUSE, `${tookMs} ms, and ${longest} ms without a request`);
  assert.ok(tookMs < 15_000, `${tookMs} ms`);
});

test('clients that are told to go and go elsewhere lose no request when the proxy ends', async (t) => {
  const [old, next] = [
    await stand(t, { minMs: 3_000, maxMs: 20_000 }),
    await stand(t, { minMs: 0, maxMs: 0 }),
  ];
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const state = { port: old.port, running: true };
  const answers: string[] = [];
  const clients = Array.from({ length: 8 }, async () => {
    while (state.running) answers.push((await ask(state.port, '/20', agent)).body);
  });
  await eventually(() => assert.ok(answers.length > 50));
  const drained = old.drain();
  await sleep(700);
  // As when the last one has learned that the Pod is going.
  state.port = next.port;
  assert.equal((await drained).body, 'drained');
  assert.equal(await old.pod.terminate(), 0);
  await eventually(() => assert.ok(next.answered.length > 50));
  state.running = false;
  await Promise.all(clients);
  assert.deepEqual(answers.filter((body) => body !== 'hello'), []);
});

test('a drain that is asked for twice is answered twice', async (t) => {
  const { drain } = await stand(t, { minMs: 500, maxMs: 20_000 });
  const both = await Promise.all([drain(), drain()]);
  assert.deepEqual(both.map(({ body }) => body), ['drained', 'drained']);
});

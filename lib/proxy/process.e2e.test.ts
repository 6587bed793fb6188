import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, get, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findEnvoy } from './binary.ts';
import { until } from '../testing/until.ts';
import { bootstrap } from './bootstrap.ts';
import { activity } from './drain.ts';
import type { LogRecord } from './log-line.ts';
import { type Crash, EnvoyProcess } from './process.ts';
import { staticBootstrap, tcpBootstrap } from './testing/static-bootstrap.ts';

const binary = findEnvoy();
/** Longer than any start takes. */
const LIVE_MS = 60_000;

test('start() resolves with an Envoy that serves, logs and counts', async () => {
  await using upstream = await listen((_, response) => response.end('hello'));
  const logs: LogRecord[] = [];
  await using envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    onLog: (record) => logs.push(record),
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  assert.equal(await body(await listenerPort(envoy)), 'hello');
  await until(
    () => logs.some(({ level, component }) => level === 'info' && component === 'main'),
    'what Envoy logs is told',
  );
  assert.deepEqual(logs.filter(({ component }) => component === 'stderr'), []);
  const limits = readFileSync(`/proc/${envoyPid(envoy.pid)}/limits`, 'utf8');
  assert.match(limits, /^Max open files +(\w+) +\1 /m);
});

test('start() picks a free admin port', async () => {
  await using upstream = await listen((_, response) => response.end());
  await using envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    admin: { host: '127.0.0.1', port: 0 },
    concurrency: 1,
  });
  await envoy.start();
  assert.ok('port' in envoy.admin && envoy.admin.port > 0);
  assert.equal((await envoy.request('/ready')).status, 200);
});

test('start() rejects with the words of an Envoy that refuses its bootstrap, and leaves nothing', async () => {
  let directory = '';
  const crashes: Crash[] = [];
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => {
      assert.ok('path' in admin);
      directory = dirname(admin.path);
      return {
        ...staticBootstrap(admin, 1),
        node: { id: 'without a cluster' },
        dynamicResources: { ldsConfig: { ads: {} } },
      };
    },
    onCrash: (crash) => crashes.push(crash),
  });
  await assert.rejects(envoy.start(), /ended at its start with code 1:\n.*cluster/);
  assert.ok(!existsSync(directory));
  assert.deepEqual(crashes, []);
});

test('start() rejects for a binary that cannot be run', async () => {
  const envoy = new EnvoyProcess({
    binary: '/nonexistent/envoy',
    bootstrap: (admin) => staticBootstrap(admin, 1),
  });
  await assert.rejects(envoy.start(), /code 127:\n.*\/nonexistent\/envoy/);
});

test('a crashed Envoy starts again and serves again', async () => {
  await using upstream = await listen((_, response) => response.end('hello'));
  const crashes: Crash[] = [];
  await using envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    onCrash: (crash) => crashes.push(crash),
    backoff: { baseMs: 50 },
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  for (const round of [1, 2]) {
    const victim = envoyPid(envoy.pid);
    process.kill(victim, 'SIGKILL');
    await until(() => crashes.length === round, 'the crash is noticed');
    assert.equal(crashes.at(-1)?.code, 137);
    await envoy.live(LIVE_MS);
    assert.notEqual(envoyPid(envoy.pid), victim);
    assert.equal(await body(await listenerPort(envoy)), 'hello');
  }
});

test('stop() lets a request in flight finish and then ends at once', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  await using upstream = await listen((_, response) => {
    arrive();
    setTimeout(() => response.end('late'), 1_500);
  });
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    drainMs: 60_000,
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  const answer = body(await listenerPort(envoy));
  await arrived;
  const { httpRequests, connections } = await activity(envoy.admin);
  assert.deepEqual({ httpRequests, connections }, { httpRequests: 1, connections: 1 });
  const pid = envoyPid(envoy.pid);
  const started = performance.now();
  await envoy.stop();
  const tookMs = performance.now() - started;
  assert.equal(await answer, 'late');
  assert.ok(tookMs < 30_000, `${tookMs} ms`);
  assert.ok(!exists(pid));
});

test('stop() ends an Envoy that stays busy when the time for draining is over', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  await using upstream = await listen(() => arrive());
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    drainMs: 500,
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  const answer = body(await listenerPort(envoy));
  const refused = assert.rejects(answer);
  await arrived;
  const started = performance.now();
  await Promise.all([envoy.stop(), envoy.stop()]);
  await refused;
  const tookMs = performance.now() - started;
  assert.ok(tookMs >= 500 && tookMs < 30_000, `${tookMs} ms`);
});

test('stop() does not wait for connections that clients keep without a request', async () => {
  await using upstream = await listen((_, response) => response.end('hello'));
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    drainMs: 60_000,
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  const agent = new Agent({ keepAlive: true });
  assert.equal(await body(await listenerPort(envoy), agent), 'hello');
  await until(async () => (await activity(envoy.admin)).httpRequests === 0, 'Envoy is done with the request');
  assert.deepEqual(await activity(envoy.admin), { connections: 1, httpConnections: 1, httpRequests: 0 });
  const started = performance.now();
  await envoy.stop();
  assert.ok(performance.now() - started < 30_000);
  agent.destroy();
});

test('stop() waits for a TCP connection that is not HTTP, as long as it may', async () => {
  await using upstream = await listen((_, response) => response.end('hello'));
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => tcpBootstrap(admin, upstream.port),
    concurrency: 1,
    drainMs: 700,
  });
  await envoy.start();
  await envoy.live(LIVE_MS);
  const connection = connect(await listenerPort(envoy), '127.0.0.1');
  connection.on('error', () => {});
  await once(connection, 'connect');
  await until(async () => (await activity(envoy.admin)).connections === 1, 'Envoy counts the connection');
  const started = performance.now();
  await envoy.stop();
  assert.ok(performance.now() - started >= 700);
  connection.destroy();
});

test('stop() of an idle Envoy waits for nothing and removes its files', async () => {
  await using upstream = await listen((_, response) => response.end());
  const envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    drainMs: 60_000,
  });
  await envoy.start();
  assert.ok('path' in envoy.admin);
  const directory = dirname(envoy.admin.path);
  assert.ok(existsSync(directory));
  const started = performance.now();
  await envoy.stop();
  assert.ok(performance.now() - started < 30_000);
  assert.ok(!existsSync(directory));
});

test('an Envoy whose controller is killed ends too, and its files go', async () => {
  const program = fileURLToPath(new URL('./testing/controller.ts', import.meta.url));
  const controller = spawn(process.execPath, [program, binary], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(controller.stdout, 'data');
  const { pid, directory } = JSON.parse(String(line)) as { pid: number; directory: string };
  const envoy = envoyPid(pid);
  assert.ok(exists(envoy) && existsSync(directory));
  controller.kill('SIGKILL');
  await until(() => !exists(envoy) && !exists(pid), 'Envoy and its guard are gone');
  await until(() => !existsSync(directory), 'the directory is gone');
});

test('an Envoy whose guard is killed ends too, and another one starts', async () => {
  await using upstream = await listen((_, response) => response.end('hello'));
  const crashes: Crash[] = [];
  await using envoy = new EnvoyProcess({
    binary,
    bootstrap: (admin) => staticBootstrap(admin, upstream.port),
    concurrency: 1,
    onCrash: (crash) => crashes.push(crash),
    backoff: { baseMs: 50 },
  });
  await envoy.start();
  const orphan = envoyPid(envoy.pid);
  process.kill(envoy.pid ?? 0, 'SIGKILL');
  await until(() => crashes.length === 1 && !exists(orphan), 'the orphan is gone');
  await envoy.live(LIVE_MS);
  assert.equal(await body(await listenerPort(envoy)), 'hello');
});

test('an Envoy with bootstrap() asks for its configuration by delta ADS and is not live before the answer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-xds-'));
  const asked = new Map<string, string>();
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    asked.set(String(headers[':path']), String(headers['content-type']));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  });
  server.listen(join(directory, 'xds.sock'));
  await once(server, 'listening');
  try {
    await using envoy = new EnvoyProcess({
      binary,
      bootstrap: (admin) =>
        bootstrap({ node: { id: 'a', cluster: 'b' }, admin, xds: { path: join(directory, 'xds.sock') } }),
      concurrency: 1,
    });
    await envoy.start();
    await until(() => asked.size > 0, 'the stream is opened');
    const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
    assert.deepEqual([...asked], [[path, 'application/grpc']]);
    assert.equal(await envoy.isLive(), false);
    await assert.rejects(envoy.live(50), /not live within 50 ms/);
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
});

interface Upstream extends AsyncDisposable {
  readonly port: number;
}

async function listen(handler: Parameters<typeof createServer>[1]): Promise<Upstream> {
  const server: Server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listenerPort(envoy: EnvoyProcess): Promise<number> {
  const { body } = await envoy.request('/listeners?format=json');
  const [listener] = JSON.parse(body).listener_statuses;
  return listener.local_address.socket_address.port_value;
}

function body(port: number, agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => text += chunk);
      response.on(
        'end',
        () => response.complete && response.statusCode === 200 ? resolve(text) : reject(new Error(text)),
      );
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** The child of the guard that runs Envoy, from /proc. */
function envoyPid(guard: number | undefined): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || !exists(Number(entry))) continue;
    const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readStat(Number(entry)) ?? '') ?? [];
    if (name === 'envoy' && Number(parent) === guard) return Number(entry);
  }
  throw new Error(`no Envoy below ${guard}`);
}

/** A zombie that nobody has reaped yet does not count. */
function exists(pid: number): boolean {
  return !/^\d+ \(.*\) Z/.test(readStat(pid) ?? '0 () Z');
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

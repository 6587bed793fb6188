import { ServerCredentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from '../../conformance/standalone/certificates.ts';
import { freePort } from '../testing/free-port.ts';
import { until } from '../testing/until.ts';
import { createXdsServer, type StreamEvent, type XdsServer } from '../xds/server.ts';
import { cluster, endpoints, listener, routeConfig, virtualHost } from '../xds/testing/resources.ts';
import { createSource } from '../xds/testing/source.ts';
import { kubernetesBootstrap, type KubernetesBootstrapOptions, secretFiles } from './bootstrap-kubernetes.ts';
import { type Pod, type SecretData, startPod } from './testing/pod.ts';
import { validate } from './validate.ts';

const FLEET = 'infra/web';
const IDENTITY = 'spiffe://dragoman.dev/ns/infra/gateway/web';
const SERVER = 'dragoman-xds.dragoman-system.svc';
const drain = { token: 'token', minMs: 5_000, maxMs: 60_000 };

const authority = await Authority.create('authority');

async function secretOf(by: Authority = authority, identity: string = IDENTITY): Promise<SecretData> {
  const { cert, key } = await by.issue({ commonName: '', names: [identity] });
  return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': by.cert };
}

interface Server extends Pick<XdsServer, 'ready' | 'streams'> {
  readonly port: number;
  readonly events: readonly StreamEvent[];
  /** Serial numbers of the certificates that opened streams. */
  readonly certificates: readonly string[];
  stop(): Promise<void>;
}

interface ServerOptions {
  readonly name?: string;
  readonly by?: Authority;
  readonly port?: number;
  readonly isReady?: boolean;
}

/** A server with one listener, route and cluster for the fleet; asks for certificates of `authority`. */
async function startServer(t: TestContext, options: ServerOptions = {}): Promise<Server> {
  const { name = SERVER, by = authority, port = await freePort(), isReady = true } = options;
  const source = createSource();
  const events: StreamEvent[] = [];
  const certificates: string[] = [];
  const { cert, key } = await by.issue({ commonName: 'xds', names: [name] });
  const server = createXdsServer({
    ...source,
    port,
    credentials: ServerCredentials.createSsl(
      Buffer.from(authority.cert),
      [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }],
      true,
    ),
    authorize: ({ certificate }) => {
      const client = new X509Certificate(certificate ?? Buffer.of());
      certificates.push(client.serialNumber);
      return client.subjectAltName === `URI:${IDENTITY}` ? FLEET : undefined;
    },
    onStream: (event) => events.push(event),
  });
  server.apply(source.update({
    fleet: FLEET,
    set: [
      cluster('a'),
      endpoints('a', [1]),
      listener('web', { port: 0, routeConfig: 'web' }),
      routeConfig('web'),
      virtualHost('web/*', [{ prefix: '/', status: 200 }]),
    ],
  }));
  const bound = await server.start();
  t.after(() => server.stop());
  if (isReady) server.ready();
  return {
    port: bound,
    events,
    certificates,
    ready: () => server.ready(),
    streams: () => server.streams(),
    stop: () => server.stop(),
  };
}

async function start(
  t: TestContext,
  { port, secret, host = '127.0.0.1' }: { port: number; secret?: SecretData; host?: string },
): Promise<Pod> {
  const pod = await startPod({
    secret: secret ?? await secretOf(),
    bootstrap: (parts) =>
      kubernetesBootstrap({ fleet: FLEET, xds: { host, port, name: SERVER }, drain, ...parts }),
  });
  t.after(() => pod[Symbol.asyncDispose]());
  return pod;
}

function serialOf(secret: SecretData): string {
  return new X509Certificate(secret['tls.crt']).serialNumber;
}

const isReady = (pod: Pod) => async (): Promise<boolean> => (await pod.admin('/ready')).status === 200;

test('kubernetesBootstrap() is one that Envoy accepts, wherever the server is', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-bootstrap-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(await secretOf())) writeFileSync(join(directory, name), text);
  for (const [name, text] of Object.entries(secretFiles({ directory }))) {
    writeFileSync(join(directory, name), text);
  }
  const files = { directory, secrets: directory };
  const { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': trust } = await secretOf();
  const base: KubernetesBootstrapOptions = {
    fleet: FLEET,
    node: 'by-hand',
    xds: { host: '10.96.0.17', port: 18_000, name: SERVER },
    credentials: files,
    health: { host: '0.0.0.0', port: 19_001 },
    drain,
  };
  const variants: readonly Partial<KubernetesBootstrapOptions>[] = [
    {},
    { xds: { host: 'fd00::17', port: 18_000, name: SERVER }, health: { host: '::', port: 19_001 } },
    { xds: { host: SERVER, port: 18_000, name: SERVER } },
    { credentials: { certificate, key, trust } },
    { maxConnections: 10, maxHeapBytes: 2 ** 31 },
  ];
  for (const variant of variants) {
    assert.deepEqual(await validate(kubernetesBootstrap({ ...base, ...variant })), { ok: true });
  }
});

test('a proxy is ready with the first full configuration, and not before', async (t) => {
  const server = await startServer(t, { isReady: false });
  const pod = await start(t, server);
  await until(() => server.streams().length === 1, 'the proxy asks');
  assert.equal((await pod.admin('/ready')).status, 503);
  await assert.rejects(pod.health('/ready'), 'nothing listens yet');
  server.ready();
  await until(isReady(pod), 'the proxy is live');
  const ready = await pod.health('/ready');
  assert.deepEqual([ready.status, await ready.text()], [200, 'LIVE\n']);
  const [stream] = server.streams();
  assert.deepEqual([stream?.fleet, stream?.node], [FLEET, 'pod-1']);
});

test('of the admin interface only health and metrics are told outside', async (t) => {
  const server = await startServer(t);
  const pod = await start(t, server);
  await until(isReady(pod), 'the proxy is live');
  const live = await pod.health('/live');
  assert.equal(live.status, 200);
  await live.text();
  const metrics = await pod.health('/stats/prometheus');
  assert.equal(metrics.status, 200);
  assert.match(
    await metrics.text(),
    /^envoy_http_downstream_rq_total\{.*envoy_http_conn_manager_prefix=.*\} \d/m,
  );
  for (const path of ['/', '/stats', '/config_dump', '/quitquitquit', '/ready/../config_dump', '/live/x']) {
    assert.equal((await pod.health(path)).status, 404, path);
  }
  const port = await pod.portOf('dragoman-health');
  for (const method of ['POST', 'HEAD', 'PUT']) {
    assert.equal((await fetch(`http://127.0.0.1:${port}/ready`, { method })).status, 404, method);
  }
});

test('a proxy trusts only servers of the name and of the authorities that it was given', async (t) => {
  const other = await Authority.create('other');
  const cases: readonly (readonly [ServerOptions, RegExp])[] = [
    [{ name: 'dragoman-xds.other.svc' }, /ssl\.fail_verify_san: [1-9]/],
    [{ by: other }, /ssl\.fail_verify_error: [1-9]/],
  ];
  for (const [options, reason] of cases) {
    const server = await startServer(t, options);
    const pod = await start(t, server);
    const failed = async (): Promise<boolean> => reason.test((await pod.admin('/stats?filter=xds')).body);
    await until(failed, `the handshake fails by ${reason}`);
    assert.deepEqual(server.events, []);
  }
});

test('replaced certificates are taken over, and drop no connection', async (t) => {
  const server = await startServer(t);
  const first = await secretOf();
  const pod = await start(t, { ...server, secret: first });
  await until(isReady(pod), 'the proxy is live');
  const second = await secretOf();
  pod.replaceSecret(second);
  const loaded = async (): Promise<boolean> =>
    (await pod.admin('/certs')).body.includes(serialOf(second).toLowerCase());
  await until(loaded, 'the proxy has the new certificate');
  await sleep(300);
  assert.equal(server.events.length, 1, 'the stream lives on');

  await server.stop();
  const again = await startServer(t, { port: server.port });
  await until(() => again.streams().length === 1, 'the proxy comes back');
  assert.deepEqual(
    [...server.certificates, ...again.certificates],
    [first, second].map(serialOf),
  );
});

test('authorities may be replaced one after the other', async (t) => {
  const next = await Authority.create('next');
  const server = await startServer(t);
  const pod = await start(t, server);
  await until(isReady(pod), 'the proxy is live');
  const both = { ...await secretOf(), 'ca.crt': authority.cert + next.cert };
  pod.replaceSecret(both);
  await server.stop();
  const again = await startServer(t, { port: server.port, by: next });
  await until(() => again.streams().length === 1, 'the proxy trusts the next authority');
});

test('a proxy keeps its configuration while no controller is there, and looks for a new one again and again', async (t) => {
  const server = await startServer(t);
  const pod = await start(t, server);
  await until(isReady(pod), 'the proxy is live');
  await server.stop();
  // It would take minutes with pauses that grow as Envoy's own do.
  const tries = async (): Promise<number> =>
    Number(
      /connect_fail: (\d+)/.exec((await pod.admin('/stats?filter=upstream_cx_connect_fail$')).body)?.[1],
    );
  await until(async () => await tries() >= 12, 'it has tried a dozen times');
  const port = await pod.portOf('web');
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  assert.equal((await pod.health('/ready')).status, 200);
  const again = await startServer(t, { port: server.port });
  await until(() => again.streams().length === 1, 'the proxy comes back');
});

test('a proxy that binds :: is reached by both families', async (t) => {
  const server = await startServer(t);
  const pod = await startPod({
    secret: await secretOf(),
    bootstrap: (parts) =>
      kubernetesBootstrap({
        fleet: FLEET,
        xds: { host: '127.0.0.1', port: server.port, name: SERVER },
        drain,
        ...parts,
        health: { host: '::', port: 0 },
      }),
  });
  t.after(() => pod[Symbol.asyncDispose]());
  await until(isReady(pod), 'the proxy is live');
  const port = await pod.portOf('dragoman-health');
  for (const host of ['127.0.0.1', '[::1]']) {
    assert.equal((await fetch(`http://${host}:${port}/ready`)).status, 200, host);
  }
});

test('a proxy finds its server by name', async (t) => {
  const server = await startServer(t);
  const pod = await start(t, { ...server, host: 'localhost' });
  await until(isReady(pod), 'the proxy is live');
});

import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { type KeyPair, selfSigned } from '../cli/certificate.ts';
import type { Cluster, DownstreamTls, Secret, SubjectAltName, UpstreamTls } from '../model/mod.ts';
import { validate } from '../proxy/validate.ts';
import {
  encodeCluster,
  encodeListener,
  encodeSecret,
  inlineBootstrap,
  type Resource,
  resourceJson,
} from './mod.ts';
import { get, resources, serve } from './testing/gateway.ts';
import { cluster, LISTENER, route } from './testing/models.ts';

const sni = 'backend.example.com';
const tls: DownstreamTls = { certificates: ['server'], alpn: ['h2', 'http/1.1'] };
const bundle = { type: 'bundle', secret: 'trust' } as const;

let server: KeyPair;
let client: KeyPair;
let secrets: readonly Secret[];

before(async () => {
  [server, client] = await Promise.all([selfSigned([sni], 2), selfSigned(['client'], 2)]);
  secrets = [
    { key: 'server', type: 'certificate', chain: server.certificate, privateKey: server.privateKey },
    { key: 'trust', type: 'trust', bundle: server.certificate },
    { key: 'clients', type: 'trust', bundle: client.certificate },
  ];
});

function replace(changed: readonly Resource[], port = 1): Resource[] {
  const all = resources({ routes: [route('/')], backends: { 'default/echo': port } });
  const others = all.filter(({ key }) => changed.every((each) => each.key !== key));
  return [...others, ...changed, ...secrets.map(encodeSecret)];
}

function secured(settings: DownstreamTls): Resource {
  const [chain] = LISTENER.chains;
  assert.ok(chain !== undefined);
  const own = { ...chain, tls: settings, serverNames: [sni, '*.example.org'] };
  return encodeListener({ ...LISTENER, chains: [own] });
}

/** The protocol that ALPN chose, once the server has taken the client's certificate. */
function handshake(port: number, options: ConnectionOptions = {}): Promise<string | false | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: sni,
      ca: server.certificate,
      ALPNProtocols: ['http/1.1'],
      ...options,
    });
    // TLS 1.3 clients learn that their certificate was refused only by what comes after the handshake.
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'));
    socket.on('data', () => {
      socket.destroy();
      resolve(socket.alpnProtocol);
    });
    socket.on('error', reject).on('close', () => reject(new Error('closed')));
  });
}

test('a listener terminates TLS for its server names alone', async () => {
  await using envoy = await serve(replace([secured(tls)]));
  assert.equal(await handshake(envoy.port), 'http/1.1');
  // Not judged by this client, so what differs is the server's answer.
  const any = { rejectUnauthorized: false };
  assert.equal(await handshake(envoy.port, { ...any, servername: 'a.b.example.org' }), 'http/1.1');
  await assert.rejects(handshake(envoy.port, { ...any, servername: 'other.example.com' }));
});

test('client certificates are required and verified', async () => {
  const clientValidation = { trust: 'clients', insecureFallback: false };
  await using envoy = await serve(replace([secured({ ...tls, clientValidation })]));
  assert.equal(await handshake(envoy.port, { cert: client.certificate, key: client.privateKey }), 'http/1.1');
  await assert.rejects(handshake(envoy.port));
  await assert.rejects(handshake(envoy.port, { cert: server.certificate, key: server.privateKey }));
});

test('with insecure fallback, any client certificate and none are taken', async () => {
  const clientValidation = { trust: 'clients', insecureFallback: true };
  await using envoy = await serve(replace([secured({ ...tls, clientValidation })]));
  assert.equal(await handshake(envoy.port), 'http/1.1');
  assert.equal(await handshake(envoy.port, { cert: server.certificate, key: server.privateKey }), 'http/1.1');
});

test('a backend must show a name that its policy says', async () => {
  const backend = createServer({ cert: server.certificate, key: server.privateKey }, (_, response) => {
    response.end();
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  after(() => backend.close());
  const { port } = backend.address() as AddressInfo;
  const uri: SubjectAltName = { type: 'URI', value: 'spiffe://example.com/a' };
  const cases: readonly (readonly [UpstreamTls, number])[] = [
    [{ sni, trust: bundle }, 200],
    [{ sni: 'other.example.com', trust: bundle }, 503],
    [{ sni: 'other.example.com', trust: bundle, subjectAltNames: [uri, { type: 'DNS', value: sni }] }, 200],
    [{ sni, trust: bundle, subjectAltNames: [uri] }, 503],
    [{ sni, trust: { type: 'bundle', secret: 'clients' } }, 503],
  ];
  for (const [settings, status] of cases) {
    const own = encodeCluster(cluster('default/echo', { tls: settings }));
    await using envoy = await serve(replace([own], port));
    assert.equal((await get(envoy.port, '/')).status, status, JSON.stringify(settings));
  }
});

test('Envoy takes clusters of every kind', async () => {
  const hostname = { type: 'hostname', hostname: 'localhost', port: 80 } as const;
  const kinds: readonly Partial<Cluster>[] = [
    { protocol: 'http2' },
    { protocol: 'tcp' },
    { discovery: hostname },
    { protocol: 'http2', tls: { sni, trust: bundle, clientCertificate: 'server', minVersion: '1.3' } },
  ];
  const clusters = kinds.map((kind, i) => encodeCluster(cluster(`default/${i}`, kind)));
  assert.deepEqual(await validate(inlineBootstrap(replace(clusters))), { ok: true });
});

test('Envoy takes routes of every kind', async () => {
  const auth = {
    protocol: 'grpc',
    cluster: 'default/echo',
    allowedRequestHeaders: [],
    allowedResponseHeaders: [],
    maxBody: 1024,
  } as const;
  const odd = String.raw`%\{}[]"' ü`;
  const routes = [
    route('/grpc', {}, { auth }),
    route('/http', {}, { auth: { ...auth, protocol: 'http', pathPrefix: '/check' } }),
    route('/session', { session: { type: 'header', name: 'x-session' } }),
    route('/odd', { hostRewrite: 'a.example', pathRewrite: { type: 'full', value: `/${odd}` } }, {
      match: {
        path: { type: 'regex', value: '/a/[0-9]{1,60}' },
        method: 'GET',
        grpc: true,
        headers: [{ name: 'x-a', type: 'exact', value: odd }],
        queryParams: [{ name: odd, type: 'regex', value: 'a|b' }],
      },
      fraction: 250_000,
      responseHeaders: {
        set: [{ name: 'x-b', value: '%' }],
        add: [{ name: 'x-c', value: '' }],
        remove: ['x-d'],
      },
    }),
    route('/respond', { type: 'respond', status: 404, body: 'none'.repeat(2_000) }),
  ];
  const all = resources({ routes, backends: { 'default/echo': 1 } });
  assert.deepEqual(await validate(inlineBootstrap(all)), { ok: true });
});

test('resourceJson() shows no private key', () => {
  const shown = JSON.stringify(secrets.map(encodeSecret).map(resourceJson));
  assert.ok(shown.includes(JSON.stringify(server.certificate).slice(1, -1)));
  assert.ok(!shown.includes('PRIVATE KEY'));
});

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Authority, caConfigMap, type Pair, tlsSecret } from './certificates.ts';
import { UdpClient, UdpEcho } from './datagrams.ts';
import { Http3Client } from './http3.ts';
import { gateway, l4Route, service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

function parameters(http3: boolean): string {
  return `
---
apiVersion: dragoman.dev/v1alpha1
kind: GatewayParameters
metadata: { name: http3 }
spec: { http3: ${http3} }
`;
}

/** A Gateway whose parameters ask for HTTP/3. */
function http3Gateway(listeners: string, more = ''): string {
  return gateway(listeners).replace(
    'spec: { gatewayClassName: dragoman, ',
    `spec: { gatewayClassName: dragoman, infrastructure: { parametersRef:
      { group: dragoman.dev, kind: GatewayParameters, name: http3 } }, ${more} `.replaceAll('\n', ' '),
  ) + parameters(true);
}

function https(name: string, more: string): string {
  return `{ name: ${name}, port: {port:https}, protocol: HTTPS, ${more} }`;
}

function tls(secret: string, options = '{}'): string {
  return `tls: { certificateRefs: [{ name: ${secret} }], options: ${options} }`;
}

function route(name: string, section: string, hostname: string): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web, sectionName: ${section} }]
  hostnames: [${hostname}]
  rules: [{ backendRefs: [{ name: ${name}, port: 80 }] }]
`;
}

const ANY = https('any', tls('any'));
const ORG = https('org', `hostname: www.example.org, ${tls('org')}`);

describe('HTTP/3', () => {
  let ca: Authority;
  let pairs: Record<'any' | 'org', Pair>;
  let dragoman: Standalone;

  before(async () => {
    ca = await Authority.create('test CA');
    pairs = {
      any: await ca.issue({ commonName: 'any', names: ['www.example.com', '*.example.net'] }),
      org: await ca.issue({ commonName: 'org', names: ['www.example.org'] }),
    };
    dragoman = await Standalone.start({
      files: {
        'gateway.yaml': http3Gateway(`[${ANY}, ${ORG}]`),
        'secrets.yaml': Object.entries(pairs).map(([name, pair]) => tlsSecret(name, pair)).join(''),
        'services.yaml': service('a') + service('b'),
        'routes.yaml': route('a', 'any', 'www.example.com') + route('b', 'org', 'www.example.org'),
      },
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  test('each listener answers with its certificate and its routes, and TCP says that there is HTTP/3', async () => {
    const port = dragoman.port('https');
    for (
      const [host, name, certificate] of [['www.example.com', 'a', 'any'], [
        'www.example.org',
        'b',
        'org',
      ]] as const
    ) {
      const first = await sendTls({ port, serverName: host, ca: ca.cert });
      assert.equal(first.headers['alt-svc'], `h3=":${port}"; ma=3600`);
      using client = await Http3Client.open({ port, serverName: host, ca: ca.cert });
      assert.equal(client.certificate, certificate);
      const body = Buffer.alloc(100_000, 'x');
      const { status, seen } = await client.send({ host, path: '/x?y=1', method: 'POST', body });
      assert.deepEqual([status, seen?.name, seen?.path, seen?.bodyBytes], [200, name, '/x?y=1', 100_000]);
      assert.equal(seen?.headers['x-forwarded-proto'], 'https');
      assert.equal(seen?.headers['x-dragoman-chain'], undefined);
    }
  });

  test('what belongs to another listener is misdirected, what belongs to none is not found', async () => {
    const port = dragoman.port('https');
    using client = await Http3Client.open({ port, serverName: 'www.example.com', ca: ca.cert });
    const status = async (host: string, headers = {}) => (await client.send({ host, headers })).status;
    assert.equal(await status('www.example.org'), 421);
    assert.equal(await status('www.example.org', { 'x-dragoman-chain': 'Gateway/default/web/org' }), 421);
    assert.equal(await status('other.example.com'), 404);
    assert.equal(await status(`www.example.com:${port}`), 200);
  });

  test('a WebSocket opens on a stream of its own', async () => {
    const host = 'www.example.com';
    using client = await Http3Client.open({ port: dragoman.port('https'), serverName: host, ca: ca.cert });
    // A text of one byte, masked by zeros; it comes back without a mask.
    const body = Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x30);
    const answer = await client.send({
      host,
      protocol: 'websocket',
      headers: { 'sec-websocket-version': '13' },
      body,
    });
    assert.deepEqual([answer.status, answer.body], [200, Buffer.from([0x81, 0x01, 0x30])]);
  });

  test('a connection outlives other listeners, new certificates and new routes', async () => {
    const host = 'www.example.com';
    const port = dragoman.port('https');
    using client = await Http3Client.open({ port, serverName: host, ca: ca.cert });
    const slow = client.send({ host, path: '/?delay=3000' });
    await dragoman.write(
      'gateway.yaml',
      http3Gateway(`[${ANY}, ${ORG}, ${https('net', `hostname: "*.example.net", ${tls('any')}`)}]`),
    );
    await dragoman.write('more.yaml', route('a', 'net', 'a.example.net').replace('name: a }', 'name: net }'));
    await eventually(async () => {
      using other = await Http3Client.open({ port, serverName: 'a.example.net', ca: ca.cert });
      assert.equal((await other.send({ host: 'a.example.net' })).seen?.name, 'a');
    });
    const renewed = await ca.issue({ commonName: 'renewed', names: [host, '*.example.net'] });
    await dragoman.write('secrets.yaml', tlsSecret('any', renewed) + tlsSecret('org', pairs.org));
    await eventually(async () => {
      using other = await Http3Client.open({ port, serverName: host, ca: ca.cert });
      assert.equal(other.certificate, 'renewed');
    });
    await dragoman.write('gateway.yaml', http3Gateway(`[${ANY}]`));
    await eventually(async () => {
      using other = await Http3Client.open({ port, serverName: 'www.example.org' });
      assert.equal(other.certificate, 'renewed');
    });
    assert.equal((await slow).status, 200);
    assert.equal((await client.send({ host })).seen?.name, 'a');
    assert.deepEqual([client.certificate, client.closed], ['any', undefined]);
  });
});

const SECRETS = async (): Promise<[string, Authority]> => {
  const ca = await Authority.create('test CA');
  return [tlsSecret('any', await ca.issue({ commonName: 'any', names: ['www.example.com'] })), ca];
};

function diagnosticsOf({ running: { dataflow } }: Standalone, object: string): readonly string[] {
  return dataflow.diagnostics.get(object)?.diagnostics.map(({ code, message }) => `${code}: ${message}`) ??
    [];
}

test('a UDP listener has its port whether or not HTTP/3 was there first', async () => {
  const [secret, ca] = await SECRETS();
  const udp = '{ name: udp, port: {port:https}, protocol: UDP }';
  await using backend = await UdpEcho.start('dns');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': http3Gateway(`[${ANY}]`),
      'secrets.yaml': secret,
      'services.yaml': service('a') + `
---
apiVersion: v1
kind: Service
metadata: { name: dns, annotations: { dragoman.dev/endpoints: "127.0.0.1:${backend.port}" } }
spec: { ports: [{ port: 53, protocol: UDP }] }
`,
      'routes.yaml': route('a', 'any', 'www.example.com') +
        l4Route('UDPRoute', 'dns', { backends: '[{ name: dns, port: 53 }]' }),
    },
  });
  const target = { port: dragoman.port('https'), serverName: 'www.example.com', ca: ca.cert };
  const host = 'www.example.com';
  const first = await Http3Client.open(target);
  assert.equal((await first.send({ host })).status, 200);

  await dragoman.write('gateway.yaml', http3Gateway(`[${ANY}, ${udp}]`));
  await eventually(async () => {
    await using client = await UdpClient.start(target.port);
    assert.match(await client.ask('hello') ?? '', /^dns \d+ hello$/);
  });
  assert.match(diagnosticsOf(dragoman, 'Gateway/default/web').join(), /NoHttp3: .*has UDP port/);
  // Routes, which say it, are taken over apart from listeners.
  const alternatives = async (): Promise<unknown> => {
    const { headers, status } = await sendTls(target);
    assert.equal(status, 200);
    return headers['alt-svc'];
  };
  await eventually(async () => assert.equal(await alternatives(), undefined));

  await dragoman.write('gateway.yaml', http3Gateway(`[${ANY}]`));
  await eventually(async () => {
    using again = await Http3Client.open({ ...target, timeout: 3 });
    assert.equal((await again.send({ host })).status, 200);
  });
  await eventually(async () => assert.equal(await alternatives(), `h3=":${target.port}"; ma=3600`));
  first[Symbol.dispose]();
});

test('where another program has the UDP port, a diagnostic says so, and all goes on over TCP', async () => {
  const [secret, ca] = await SECRETS();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': http3Gateway(`[${ANY}]`).replace(parameters(true), ''),
      'parameters.yaml': parameters(false),
      'secrets.yaml': secret,
      'services.yaml': service('a'),
      'routes.yaml': route('a', 'any', 'www.example.com'),
    },
  });
  const host = 'www.example.com';
  const target = { port: dragoman.port('https'), serverName: host, ca: ca.cert };
  assert.equal((await sendTls(target)).headers['alt-svc'], undefined);
  const holder = createSocket('udp4').bind(target.port, '127.0.0.1');
  await once(holder, 'listening');
  await dragoman.write('parameters.yaml', parameters(true));
  await eventually(() =>
    assert.match(diagnosticsOf(dragoman, 'Gateway/default/web').join(), /RefusedByEnvoy: .*HTTP\/3 on port/)
  );
  await eventually(async () => {
    const { status, headers } = await sendTls(target);
    assert.deepEqual([status, headers['alt-svc']], [200, undefined]);
  });
  await eventually(() =>
    assert.equal(conditionOf(dragoman.status('Gateway/default/web'), 'Programmed')?.status, 'True')
  );

  holder.close();
  await once(holder, 'close');
  const more = https('more', `hostname: more.example.com, ${tls('any')}`);
  await dragoman.write('gateway.yaml', http3Gateway(`[${ANY}, ${more}]`).replace(parameters(true), ''));
  await eventually(async () => {
    using client = await Http3Client.open({ ...target, timeout: 3 });
    assert.equal((await client.send({ host })).status, 200);
  });
});

test('listeners that ask for certificates, or want no TLS 1.3, have no HTTP/3', async () => {
  const [secret, ca] = await SECRETS();
  const old = `{ name: old, port: {port:old}, protocol: HTTPS, ${
    tls('any', '{ dragoman.dev/max-version: "1.2" }')
  } }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': http3Gateway(
        `[${ANY}, ${old}]`,
        `tls: { frontend: { default: {}, perPort: [{ port: {port:https}, tls: { validation:
          { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] } } }] } },`,
      ),
      'secrets.yaml': secret + caConfigMap('ca', ca.cert),
      'services.yaml': service('a'),
      'routes.yaml': route('a', 'any', 'www.example.com'),
    },
  });
  const client = await ca.issue({ commonName: 'client', names: ['client.example.com'] });
  const target = { port: dragoman.port('https'), serverName: 'www.example.com', ca: ca.cert };
  assert.deepEqual((await sendTls({ ...target, client })).headers['alt-svc'], undefined);
  for (const name of ['https', 'old']) {
    await assert.rejects(Http3Client.open({ ...target, port: dragoman.port(name), timeout: 1 }));
  }
});

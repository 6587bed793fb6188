import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, l4Route, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { connectTls, sendTls } from './tls-request.ts';

const LISTENERS = `[
  { name: through, port: {port:tls}, protocol: TLS, hostname: "*.through.example", tls: { mode: Passthrough } },
  { name: ends, port: {port:tls}, protocol: TLS, hostname: "*.ends.example",
    tls: { mode: Terminate, certificateRefs: [{ name: ends }] } },
  { name: https, port: {port:tls}, protocol: HTTPS, hostname: www.example,
    tls: { certificateRefs: [{ name: www }] } },
  { name: empty, port: {port:tls}, protocol: TLS, hostname: "*.deep.through.example", tls: { mode: Passthrough } }]`;

describe('TLSRoutes', () => {
  let dragoman: Standalone;
  let files: Record<string, string>;

  before(async () => {
    const ca = await Authority.create('test CA');
    const pair = (name: string) => ca.issue({ commonName: name, names: [name, `*.${name}`] });
    const [ends, www, secure, other] = await Promise.all(
      ['ends.example', 'www.example', 'backend.example', 'other.example'].map(pair),
    );
    if (ends === undefined || www === undefined || secure === undefined || other === undefined) assert.fail();
    files = {
      'gateway.yaml': gateway(LISTENERS),
      'secrets.yaml': tlsSecret('ends', ends) + tlsSecret('www', www) + caConfigMap('ca', ca.cert),
      'services.yaml': ['plain', 'web', 'secure', 'other'].map((name) => service(name)).join(''),
      'policy.yaml': `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: secure }
spec:
  targetRefs: [{ group: "", kind: Service, name: secure }]
  validation: { hostname: backend.example, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`,
      'routes.yaml': l4Route('TLSRoute', 'wide', {
        backends: '[{ name: secure, port: 80 }]',
        more: 'hostnames: ["*.through.example"]',
        listener: 'through',
      }) + l4Route('TLSRoute', 'exact', {
        backends: '[{ name: other, port: 80 }]',
        more: 'hostnames: [a.through.example, a.deep.through.example]',
        listener: 'through',
      }) + l4Route('TLSRoute', 'plain', {
        backends: '[{ name: plain, port: 80 }]',
        more: 'hostnames: ["*.ends.example"]',
      }) + l4Route('TLSRoute', 'again', {
        backends: '[{ name: secure, port: 80 }]',
        more: 'hostnames: [again.ends.example]',
      }) + httpRoute('web', { rules: '[{ backendRefs: [{ name: web, port: 80 }] }]' }),
    };
    dragoman = await Standalone.start({
      files,
      echoes: { secure: { tls: secure }, other: { tls: other } },
    });
  });
  after(() => dragoman[Symbol.asyncDispose]());

  async function ask(serverName: string): Promise<string> {
    const { seen, certificate } = await sendTls({ port: dragoman.port('tls'), serverName });
    return `${seen?.name} by ${certificate}`;
  }

  test('TLS passes through to the backend of the most specific hostname, whatever its policies', async () => {
    assert.equal(await ask('x.through.example'), 'secure by backend.example');
    assert.equal(await ask('a.through.example'), 'other by other.example');
  });

  test('TLS ends at the proxy, and begins anew for backends with a policy', async () => {
    assert.equal(await ask('x.ends.example'), 'plain by ends.example');
    assert.equal(await ask('again.ends.example'), 'secure by ends.example');
  });

  test('an HTTPS listener shares the port', async () => {
    assert.equal(await ask('www.example'), 'web by www.example');
  });

  test('requests by HTTPS for hostnames of TLS listeners are misdirected, for those of none not found', async () => {
    const status = async (host: string): Promise<number> =>
      (await sendTls({ port: dragoman.port('tls'), serverName: 'www.example', host })).status;
    assert.equal(await status('www.example'), 200);
    for (const host of ['x.through.example', 'b.deep.through.example', 'again.ends.example']) {
      assert.equal(await status(host), 421, host);
    }
    assert.equal(await status('elsewhere.example'), 404);
  });

  test('connections of unknown hostnames, and of listeners without routes, are closed', async () => {
    // The route of this hostname is not attached to the listener that the hostname belongs to.
    for (const serverName of ['elsewhere.example', 'b.deep.through.example', 'a.deep.through.example']) {
      await assert.rejects(sendTls({ port: dragoman.port('tls'), serverName }), serverName);
    }
  });

  test('a new hostname of a route leaves connections of the port alone', async () => {
    const port = dragoman.port('tls');
    const sockets = await Promise.all(
      ['x.through.example', 'a.through.example', 'x.ends.example', 'www.example'].map((serverName) =>
        connectTls({ port, serverName })
      ),
    );
    const ended: string[] = [];
    for (const socket of sockets) socket.on('close', () => ended.push(socket.servername || '?'));
    await dragoman.write(
      'more.yaml',
      l4Route('TLSRoute', 'more', {
        backends: '[{ name: other, port: 80 }]',
        more: 'hostnames: [new.through.example, new.ends.example]',
      }),
    );
    await eventually(async () => assert.equal(await ask('new.through.example'), 'other by other.example'));
    dragoman.remove('more.yaml');
    await eventually(async () => assert.equal(await ask('new.through.example'), 'secure by backend.example'));
    assert.deepEqual(ended, []);
    for (const socket of sockets) socket.destroy();
  });
});

test('a listener that passes TLS through takes nothing else, also for any hostname', async () => {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'any', names: ['www.example'] });
  // This version has routes without a hostname.
  const to = (name: string): string =>
    l4Route('TLSRoute', 'r', { backends: `[{ name: ${name}, port: 80 }]` })
      .replace('networking.k8s.io/v1', 'networking.k8s.io/v1alpha2');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway('[{ name: any, port: {port:tls}, protocol: TLS, tls: { mode: Passthrough } }]'),
      'services.yaml': service('secure') + service('plain'),
      'route.yaml': to('secure'),
    },
    echoes: { secure: { tls: pair } },
  });
  const port = dragoman.port('tls');
  assert.equal((await sendTls({ port, serverName: 'www.example' })).seen?.name, 'secure');
  await dragoman.write('route.yaml', to('plain'));
  await eventually(() => assert.rejects(sendTls({ port, serverName: 'www.example' })));
  // The backend would answer.
  await assert.rejects(send({ port, host: 'www.example' }));
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { Authority, type Pair, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { connectTls, connectTlsHttp2, sendTls } from './tls-request.ts';

const LISTENERS = `[
  { name: any, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: any }] } },
  { name: org, port: {port:https}, protocol: HTTPS, hostname: second-example.org, tls: { certificateRefs: [{ name: second }] } },
  { name: wild, port: {port:https}, protocol: HTTPS, hostname: "*.wildcard.org", tls: { certificateRefs: [{ name: wild }] } },
  { name: fourth, port: {port:https}, protocol: HTTPS, hostname: fourth-example.wildcard.org, tls: { certificateRefs: [{ name: wild }] } },
  { name: only, port: {port:only}, protocol: HTTPS, hostname: only.example.com, tls: { certificateRefs: [{ name: second }] } },
  { name: http, port: {port:http}, protocol: HTTP },
]`;

function route(name: string, section: string, more = ''): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web, sectionName: ${section} }]
  ${more}
  rules: [{ backendRefs: [{ name: ${name}, port: 80 }] }]
`;
}

describe('HTTPS listeners', () => {
  let ca: Authority;
  let dragoman: Standalone;
  let pairs: Record<'any' | 'second' | 'wild', Pair>;
  const mirrored: SeenRequest[] = [];
  const asked: SeenRequest[] = [];

  before(async () => {
    ca = await Authority.create('test CA');
    pairs = {
      any: await ca.issue({ commonName: 'any', names: ['example.org', 'unknown-example.org', '127.0.0.1'] }),
      second: await ca.issue({ commonName: 'second', names: ['second-example.org', 'only.example.com'] }),
      wild: await ca.issue({ commonName: 'wild', names: ['*.wildcard.org'] }),
    };
    dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(LISTENERS),
        'secrets.yaml': Object.entries(pairs).map(([name, pair]) => tlsSecret(name, pair)).join(''),
        'services.yaml': ['v1', 'v2', 'v3', 'v4', 'v5', 'plain', 'mirror', 'auth'].map((name) =>
          service(name)
        )
          .join(''),
        'routes.yaml': route('v1', 'any', 'hostnames: [example.org]') + route('v2', 'org') +
          route('v3', 'wild') + route('v4', 'fourth') + route('v5', 'only') +
          httpRoute('plain', {
            rules: `[
              { matches: [{ path: { value: /mirror } }], filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: mirror, port: 80 } } }],
                backendRefs: [{ name: plain, port: 80 }] },
              { matches: [{ path: { value: /auth } }], backendRefs: [{ name: plain, port: 80 }],
                filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, http: {}, backendRef: { name: auth, port: 80 } } }] },
              { backendRefs: [{ name: plain, port: 80 }] }]`,
            more: 'hostnames: [plain.example.com]',
          }),
      },
      echoes: {
        mirror: { onRequest: (seen) => mirrored.push(seen) },
        auth: { onRequest: (seen) => asked.push(seen) },
      },
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  test('SNI chooses the certificate: exact, wildcard, any, none', async () => {
    const port = dragoman.port('https');
    for (
      const [serverName, certificate] of [
        ['example.org', 'any'],
        ['second-example.org', 'second'],
        ['SECOND-example.org', 'second'],
        ['x.wildcard.org', 'wild'],
        ['a.b.wildcard.org', 'wild'],
        ['wildcard.org', 'any'],
        [undefined, 'any'],
      ] as const
    ) {
      const answer = await sendTls({
        port,
        ...(serverName === undefined ? {} : { serverName }),
        host: 'nobody.example',
      });
      assert.equal(answer.certificate, certificate, `SNI ${serverName}`);
    }
    await assert.rejects(sendTls({ port: dragoman.port('only'), serverName: 'other.example.com' }));
    const only = await sendTls({ port: dragoman.port('only'), serverName: 'only.example.com', ca: ca.cert });
    assert.equal(only.seen?.name, 'v5');
  });

  // The table of the upstream conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests, and more hosts.
  test('a misdirected request of a coalesced connection is answered 421, an unknown host 404', async () => {
    const cases: readonly [string, string, number, string?][] = [
      ['example.org', 'example.org', 200, 'v1'],
      ['example.org', 'second-example.org', 421],
      ['example.org', 'unknown-example.org', 404],
      ['example.org', 'x.wildcard.org', 421],
      ['second-example.org', 'second-example.org', 200, 'v2'],
      ['second-example.org', 'SECOND-example.org', 200, 'v2'],
      ['second-example.org', 'second-example.org:8443', 200, 'v2'],
      ['second-example.org', 'example.org', 421],
      ['second-example.org', 'unknown-example.org', 421],
      ['third-example.wildcard.org', 'third-example.wildcard.org', 200, 'v3'],
      ['third-example.wildcard.org', 'fith-example.wildcard.org', 200, 'v3'],
      ['third-example.wildcard.org', 'fourth-example.wildcard.org', 421],
      ['third-example.wildcard.org', 'second-example.org', 421],
      ['third-example.wildcard.org', 'unknown-example.org', 421],
      ['fourth-example.wildcard.org', 'fourth-example.wildcard.org', 200, 'v4'],
      ['fourth-example.wildcard.org', 'fith-example.wildcard.org', 421],
      ['unknown-example.org', 'example.org', 200, 'v1'],
      ['unknown-example.org', 'unknown-example.org', 404],
    ];
    for (const serverName of new Set(cases.map(([name]) => name))) {
      using client = await connectTlsHttp2({ port: dragoman.port('https'), serverName });
      for (const [name, host, status, backend] of cases) {
        if (name !== serverName) continue;
        const answer = await client.send({ host });
        assert.deepEqual([answer.status, answer.seen?.name], [status, backend], `${name} -> ${host}`);
      }
    }
    using only = await connectTlsHttp2({ port: dragoman.port('only'), serverName: 'only.example.com' });
    assert.equal((await only.send({ host: 'only.example.com' })).status, 200);
    assert.equal((await only.send({ host: 'second-example.org' })).status, 404);
  });

  test('the chain header cannot be spoofed and reaches nobody', async () => {
    const port = dragoman.port('https');
    using client = await connectTlsHttp2({ port, serverName: 'example.org' });
    for (const chain of ['Gateway/default/web/org', 'Gateway/default/web/any']) {
      const headers = { 'x-dragoman-chain': chain };
      assert.equal((await client.send({ host: 'second-example.org', headers })).status, 421);
      const own = await client.send({ host: 'example.org', headers });
      assert.equal(own.status, 200);
      assert.equal(own.seen?.headers['x-dragoman-chain'], undefined);
      assert.equal(own.headers['x-dragoman-chain'], undefined);
    }
    const { send } = await import('./request.ts');
    const cleartext = { port: dragoman.port('http'), host: 'plain.example.com' };
    const spoofed = { ...cleartext, headers: { 'x-dragoman-chain': 'Gateway/default/web/org' } };
    for (const path of ['/', '/mirror', '/auth']) {
      const answer = await send({ ...spoofed, path });
      assert.deepEqual([answer.status, answer.seen?.name], [200, 'plain']);
      assert.equal(answer.seen?.headers['x-dragoman-chain'], undefined);
    }
    await dragoman.write(
      'mirror.yaml',
      `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: mirrored }
spec:
  parentRefs: [{ name: web, sectionName: org }]
  rules:
  - matches: [{ path: { value: /mirror } }]
    filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: mirror, port: 80 } } }]
    backendRefs: [{ name: v2, port: 80 }]
  - matches: [{ path: { value: /auth } }]
    filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, http: {}, backendRef: { name: auth, port: 80 } } }]
    backendRefs: [{ name: v2, port: 80 }]
`,
    );
    await eventually(async () => {
      for (const path of ['/mirror', '/auth']) {
        await sendTls({ port, serverName: 'second-example.org', path: `${path}/tls` });
      }
      assert.ok(mirrored.some(({ path }) => path === '/mirror/tls'));
      assert.ok(asked.some(({ path }) => path === '/auth/tls'));
    });
    for (const seen of [...mirrored, ...asked]) assert.equal(seen.headers['x-dragoman-chain'], undefined);
  });

  test('clients choose HTTP/2 or HTTP/1.1 by ALPN', async () => {
    const options = { port: dragoman.port('https'), serverName: 'example.org', ca: ca.cert };
    for (
      const [alpn, chosen] of [[['h2', 'http/1.1'], 'h2'], [['http/1.1'], 'http/1.1'], [[], false]] as const
    ) {
      const socket = await connectTls({ ...options, alpn });
      assert.equal(socket.alpnProtocol, chosen);
      socket.destroy();
    }
    assert.equal((await sendTls(options)).status, 200);
    await assert.rejects(sendTls({ ...options, serverName: 'third.example.com' }), /altnames/);
  });

  test('a rotated certificate is shown to new connections, and open ones stay', async () => {
    const options = { port: dragoman.port('https'), serverName: 'second-example.org' };
    using client = await connectTlsHttp2(options);
    const rotated = await ca.issue({ commonName: 'second, rotated', names: ['second-example.org'] });
    await dragoman.write(
      'secrets.yaml',
      Object.entries({ ...pairs, second: rotated }).map(([name, pair]) => tlsSecret(name, pair)).join(''),
    );
    await eventually(async () => assert.equal((await sendTls(options)).certificate, 'second, rotated'));
    assert.equal((await client.send({ host: 'second-example.org' })).status, 200);
    assert.equal(client.session.closed, false);
  });
});

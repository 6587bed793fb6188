import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, l4Route, service } from './manifests.ts';
import { askProxied, startProxiedBackend } from './proxied.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const TO_A = '[{ backendRefs: [{ name: a, port: 80 }] }]';

function parameters(proxyProtocol: string): string {
  return `
---
apiVersion: dragoman.dev/v1alpha1
kind: GatewayParameters
metadata: { name: p }
spec: { proxyProtocol: ${proxyProtocol} }
`;
}

function proxiedGateway(listeners: string): string {
  return gateway(listeners).replace(
    'spec: { gatewayClassName: dragoman, ',
    'spec: { gatewayClassName: dragoman, infrastructure: { parametersRef: { group: dragoman.dev, kind: GatewayParameters, name: p } }, ',
  );
}

/** A Service on `port` that wants the PROXY protocol. */
function proxiedService(name: string, version: string, port: number): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}", dragoman.dev/proxy-protocol: ${version} } }
spec: { ports: [{ port: 80 }] }
`;
}

test('listeners take the addresses of clients from the PROXY protocol, and without it only if it is optional', async () => {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'www', names: ['www.example.com'] });
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': proxiedGateway(`[
        { name: http, port: {port:http}, protocol: HTTP },
        { name: https, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: www }] } },
        { name: tcp, port: {port:tcp}, protocol: TCP },
      ]`),
      'parameters.yaml': parameters('Required'),
      'secret.yaml': tlsSecret('www', pair),
      'services.yaml': service('a'),
      'routes.yaml': httpRoute('a', { rules: TO_A }) +
        l4Route('TCPRoute', 'a', { backends: '[{ name: a, port: 80 }]', listener: 'tcp' }),
    },
  });
  const port = dragoman.port('http');
  const secured = { port: dragoman.port('https'), tls: { serverName: 'www.example.com', ca: ca.cert } };
  const raw = { port: dragoman.port('tcp') };
  for (const version of ['v1', 'v2'] as const) {
    const source = ['203.0.113.7', 4711] as const;
    for (const target of [{ port }, secured]) {
      const seen = await askProxied({ ...target, version, source });
      assert.equal(seen?.headers['x-forwarded-for'], '203.0.113.7', version);
    }
    assert.equal((await askProxied({ ...raw, version, source }))?.name, 'a');
  }
  for (const target of [{ port }, secured, raw]) assert.equal(await askProxied(target), undefined);

  await dragoman.write('parameters.yaml', parameters('Optional'));
  // Envoy takes each listener over at its own time.
  for (const target of [{ port }, secured, raw]) {
    await eventually(async () => assert.equal((await askProxied(target))?.name, 'a'));
  }
  const seen = await askProxied({ ...secured, version: 'v2', source: ['203.0.113.8', 1] });
  assert.equal(seen?.headers['x-forwarded-for'], '203.0.113.8');

  await dragoman.write('parameters.yaml', parameters('None'));
  await eventually(async () => assert.equal(await askProxied({ port, version: 'v1' }), undefined));
  assert.equal((await askProxied({ port }))?.name, 'a');
});

test('backends that want the PROXY protocol are told who each client is, before TLS too', async () => {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'b', names: ['b.example.com'] });
  await using v1 = await startProxiedBackend('v1');
  await using v2 = await startProxiedBackend('v2');
  await using secured = await startProxiedBackend('v2', pair);
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': proxiedGateway(`[
        { name: http, port: {port:http}, protocol: HTTP },
        { name: tcp, port: {port:tcp}, protocol: TCP },
      ]`),
      'parameters.yaml': parameters('Optional'),
      'services.yaml': proxiedService('v1', 'v1', v1.port) + proxiedService('v2', 'v2', v2.port) +
        proxiedService('secured', 'v2', secured.port),
      'policy.yaml': `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: secured }
spec:
  targetRefs: [{ group: '', kind: Service, name: secured }]
  validation: { hostname: b.example.com, caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }] }
` + caConfigMap('ca', ca.cert),
      'routes.yaml': ['v1', 'v2', 'secured'].map((name) =>
        httpRoute(name, {
          more: `hostnames: [${name}.example.com]`,
          rules: `[{ backendRefs: [{ name: ${name}, port: 80 }] }]`,
        })
      ).join('') + l4Route('TCPRoute', 'r', { backends: '[{ name: v2, port: 80 }]', listener: 'tcp' }),
    },
  });
  const port = dragoman.port('http');
  const clients = [['203.0.113.7', 4711], ['203.0.113.8', 4712]] as const;
  for (const [name, backend] of [['v1', v1], ['v2', v2], ['secured', secured]] as const) {
    for (const source of clients) {
      const seen = await askProxied({ port, host: `${name}.example.com`, version: 'v2', source });
      assert.equal(seen?.headers['x-forwarded-for'], source[0], name);
    }
    assert.deepEqual(backend.sources, ['203.0.113.7:4711', '203.0.113.8:4712'], name);
  }
  await askProxied({ port: dragoman.port('tcp'), version: 'v1', source: ['203.0.113.9', 5] });
  assert.equal(v2.sources.at(-1), '203.0.113.9:5');
});

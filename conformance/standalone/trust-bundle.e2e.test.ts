import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, tlsSecret, trustBundle } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const REFERENCE =
  'caCertificateRefs: [{ group: certificates.k8s.io, kind: ClusterTrustBundle, name: roots }]';

const POLICY = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: secure, namespace: team }
spec:
  targetRefs: [{ group: "", kind: Service, name: secure }]
  validation: { hostname: backend.example, ${REFERENCE} }
`;

test('a ClusterTrustBundle says whom to trust, of clients and of backends, in any namespace', async () => {
  const [ca, wrong] = await Promise.all([Authority.create('CA'), Authority.create('wrong CA')]);
  const backend = await ca.issue({ commonName: 'backend', names: ['backend.example'] });
  const server = await ca.issue({ commonName: 'server', names: ['example.org'] });
  const client = await ca.issue({ commonName: 'client' });
  const strange = await wrong.issue({ commonName: 'strange' });
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(`[
        { name: https, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: server }] } },
        { name: http, port: {port:http}, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }]`)
        .replace(
          'listeners:',
          `tls: { frontend: { default: { validation: { ${REFERENCE} } } } }, listeners:`,
        ),
      'trust.yaml': trustBundle('roots', wrong.cert),
      'server.yaml': tlsSecret('server', server) + service('plain') +
        httpRoute('plain', {
          rules: '[{ backendRefs: [{ name: plain, port: 80 }] }]',
        }).replace('[{ name: web }]', '[{ name: web, sectionName: https }]'),
      'team.yaml': service('secure').replace('name: secure', 'name: secure, namespace: team') + POLICY +
        httpRoute('secure', { rules: '[{ backendRefs: [{ name: secure, port: 80 }] }]' })
          .replace('name: secure', 'name: secure, namespace: team')
          .replace('[{ name: web }]', '[{ name: web, namespace: default, sectionName: http }]'),
    },
    echoes: { plain: {}, secure: { tls: backend } },
  });
  const throughHttps = async (pair: typeof client): Promise<number> => {
    const options = { port: dragoman.port('https'), serverName: 'example.org', ca: ca.cert };
    return (await sendTls({ ...options, client: pair })).status;
  };
  const toBackend = async (): Promise<number> =>
    (await send({ port: dragoman.port('http'), path: '/' })).status;
  const conditions = (): Record<string, string | undefined> => {
    const [ancestor] =
      (dragoman.status('BackendTLSPolicy/team/secure') as { ancestors: unknown[] }).ancestors;
    const [listener] = (dragoman.status('Gateway/default/web') as { listeners: unknown[] }).listeners;
    return {
      policy: conditionOf(ancestor, 'Accepted')?.reason,
      reference: conditionOf(ancestor, 'ResolvedRefs')?.reason,
      listener: conditionOf(listener, 'Accepted')?.reason,
      anchors: conditionOf(listener, 'ResolvedRefs')?.reason,
    };
  };
  const served = async (): Promise<void> => {
    assert.deepEqual([await throughHttps(client), await toBackend()], [200, 200]);
    await assert.rejects(throughHttps(strange), /alert|reset|hang up/);
    assert.deepEqual(conditions(), {
      policy: 'Accepted',
      reference: 'ResolvedRefs',
      listener: 'Accepted',
      anchors: 'ResolvedRefs',
    });
  };
  const refused = async (): Promise<void> => {
    assert.equal(await toBackend(), 500);
    await assert.rejects(throughHttps(client), /alert|reset|hang up|REFUSED/);
    assert.deepEqual(conditions(), {
      policy: 'NoValidCACertificate',
      reference: 'InvalidCACertificateRef',
      listener: 'NoValidCACertificate',
      anchors: 'InvalidCACertificateRef',
    });
  };
  await eventually(async () =>
    assert.deepEqual([await throughHttps(strange), await toBackend()], [200, 503])
  );
  await assert.rejects(throughHttps(client), /alert|reset|hang up/);

  // Renewed: others are trusted, and those before no more.
  await dragoman.write('trust.yaml', trustBundle('roots', ca.cert));
  await eventually(served);

  await dragoman.write('trust.yaml', trustBundle('roots', ''));
  await eventually(refused);
  await dragoman.write('trust.yaml', trustBundle('roots', ca.cert));
  await eventually(served);
  dragoman.remove('trust.yaml');
  await eventually(refused);
  await dragoman.write('trust.yaml', trustBundle('roots', ca.cert));
  await eventually(served);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { gateway, httpRoute } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

/** An XBackend for the echo of its name. */
function xBackend(name: string, more = ''): string {
  return `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: { name: ${name} }
spec:
  type: ExternalHostname
  externalHostname: { hostname: localhost }
  port: { number: {echo:${name}} }
  ${more}
`;
}

function ref(name: string): string {
  return `{ matches: [{ path: { value: /${name} } }],
    backendRefs: [{ group: gateway.networking.x-k8s.io, kind: XBackend, name: ${name} }] }`;
}

function validation(ca: string): string {
  return `validation: { hostname: backend.example, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ${ca} }] }`;
}

test('an XBackend is a hostname outside, with the protocol and TLS that it says', async () => {
  const [ca, clientCa] = await Promise.all([Authority.create('CA'), Authority.create('client CA')]);
  const tls = await ca.issue({ commonName: 'backend', names: ['backend.example'] });
  const names = ['plain', 'h2', 'secure', 'mutual', 'untrusted'];
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'trust.yaml': caConfigMap('ca', ca.cert) + caConfigMap('other', clientCa.cert) +
        tlsSecret('client', await clientCa.issue({ commonName: 'gateway' })),
      'backends.yaml': xBackend('plain') + xBackend('h2', 'protocol: H2C') +
        xBackend('secure', `tls: { mode: ServerOnly, ${validation('ca')} }`) +
        xBackend('untrusted', `tls: { mode: ServerOnly, ${validation('other')} }`) +
        xBackend(
          'mutual',
          `tls: { mode: ClientAndServer, clientCertificateRef: { name: client }, ${validation('ca')} }`,
        ),
      'broken.yaml': xBackend('plain', `tls: { mode: ServerOnly, ${validation('missing')} }`)
        .replace('{ name: plain }', '{ name: broken }'),
      'route.yaml': httpRoute('web', { rules: `[${[...names, 'broken', 'gone'].map(ref).join(', ')}]` }),
    },
    echoes: {
      plain: {},
      h2: {},
      secure: { tls },
      untrusted: { tls },
      mutual: { tls: { ...tls, clientCa: clientCa.cert } },
    },
  });
  const get = (name: string) => send({ port: dragoman.port('http'), path: `/${name}` });
  // Names resolve in their own time.
  await eventually(async () => assert.equal((await get('plain')).seen?.name, 'plain'));
  await eventually(async () => {
    const { seen } = await get('h2');
    assert.deepEqual([seen?.name, seen?.httpVersion], ['h2', '2']);
  });
  await eventually(async () => {
    const { seen } = await get('secure');
    assert.deepEqual([seen?.name, seen?.tls?.serverName], ['secure', 'backend.example']);
  });
  await eventually(async () => {
    const { seen } = await get('mutual');
    assert.match(seen?.tls?.clientCertificate?.subject ?? '', /gateway/);
  });
  assert.equal((await get('untrusted')).status, 503);

  for (const name of ['broken', 'gone']) assert.equal((await get(name)).status, 500, name);
  const accepted = (name: string) => {
    const { ancestors } = dragoman.status(`XBackend/default/${name}`) as { ancestors: unknown[] };
    return conditionOf(ancestors[0], 'Accepted');
  };
  assert.equal(accepted('secure')?.status, 'True');
  assert.deepEqual([accepted('broken')?.status, accepted('broken')?.reason], [
    'False',
    'InvalidCACertificateRef',
  ]);
  assert.match(accepted('broken')?.message ?? '', /ConfigMap\/default\/missing/);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

interface Policy {
  readonly hostname?: string;
  readonly ca?: string;
  readonly names?: string;
  readonly section?: string;
}

function policy(
  service: string,
  { hostname = 'backend.example', ca = 'ca', names, section }: Policy = {},
): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${service}${section ?? ''} }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${service}${
    section === undefined ? '' : `, sectionName: ${section}`
  } }]
  validation:
    hostname: ${hostname}
    caCertificateRefs: [{ group: "", kind: ConfigMap, name: ${ca} }]
    ${names === undefined ? '' : `subjectAltNames: [${names}]`}
`;
}

function secondGateway(certificate: string): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: other }
spec:
  gatewayClassName: dragoman
  tls: { backend: { clientCertificateRef: { name: ${certificate} } } }
  listeners: [{ name: http, port: {port:other}, protocol: HTTP }]
`;
}

describe('TLS to backends', () => {
  let dragoman: Standalone;
  let policies: Readonly<Record<string, string>>;

  before(async () => {
    const [ca, wrong] = await Promise.all([Authority.create('backend CA'), Authority.create('wrong CA')]);
    const clientCa = await Authority.create('client CA');
    const tls = await ca.issue({
      commonName: 'backend',
      names: ['backend.example', '*.wild.example', 'spiffe://example.org/backend'],
    });
    policies = {
      plain: '',
      good: policy('good'),
      wild: policy('wild', { hostname: 'any.wild.example' }),
      untrusted: policy('untrusted', { ca: 'wrong' }),
      misnamed: policy('misnamed', { hostname: 'other.example' }),
      uri: policy('uri', {
        hostname: 'other.example',
        names: '{ type: URI, uri: "spiffe://example.org/backend" }',
      }),
      nouri: policy('nouri', { names: '{ type: URI, uri: "spiffe://example.org/other" }' }),
      either: policy('either', {
        hostname: 'other.example',
        names:
          '{ type: URI, uri: "spiffe://example.org/other" }, { type: Hostname, hostname: backend.example }',
      }),
      broken: policy('broken', { ca: 'missing' }),
      section: policy('section', { section: 'tls' }),
      mutual: policy('mutual'),
      h2: policy('h2'),
    };
    const names = Object.keys(policies);
    const ports = '{ name: tls, port: 80, targetPort: 80 }, { name: plain, port: 81, targetPort: 80 }';
    dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway().replace(
          'listeners:',
          'tls: { backend: { clientCertificateRef: { name: client } } }, listeners:',
        ) + secondGateway('other-client'),
        'certificates.yaml': caConfigMap('ca', ca.cert) + caConfigMap('wrong', wrong.cert) +
          tlsSecret('client', await clientCa.issue({ commonName: 'gateway web' })) +
          tlsSecret('other-client', await clientCa.issue({ commonName: 'gateway other' })),
        'services.yaml': names.map((name) =>
          service(
            name,
            name === 'section'
              ? ports
              : name === 'h2'
              ? '{ port: 80, appProtocol: kubernetes.io/h2c }'
              : undefined,
          )
        ).join(''),
        ...Object.fromEntries(names.map((name) => [`policy-${name}.yaml`, policies[name] ?? ''])),
        'routes.yaml': httpRoute('web', {
          rules: `[${
            [...names.map((name): [string, number] => [name, 80]), ['section', 81] as const].map((
              [name, port],
            ) =>
              `{ matches: [{ path: { value: /${name}${port} } }], backendRefs: [{ name: ${name}, port: ${port} }] }`
            ).join(', ')
          }]`,
          more: '',
        }).replace('[{ name: web }]', '[{ name: web }, { name: other }]'),
      },
      echoes: Object.fromEntries(
        names.map((
          name,
        ) => [
          name,
          name === 'plain'
            ? {}
            : { tls: { ...tls, ...(name === 'mutual' ? { clientCa: clientCa.cert } : {}) } },
        ]),
      ),
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  const get = (path: string, gateway = 'http'): Promise<Answer> =>
    send({ port: dragoman.port(gateway), path });

  test('a policy names the authority, the server name and the alternative names', async () => {
    for (const name of ['good', 'wild', 'uri', 'either']) {
      const { status, seen, body } = await get(`/${name}80`);
      assert.deepEqual([status, seen?.name], [200, name], body);
      assert.match(seen?.tls?.version ?? '', /TLSv1\.[23]/);
    }
    assert.equal((await get('/wild80')).seen?.tls?.serverName, 'any.wild.example');
    assert.equal((await get('/good80')).seen?.tls?.serverName, 'backend.example');
    for (const name of ['untrusted', 'misnamed', 'nouri']) {
      const { status, body } = await get(`/${name}80`);
      assert.equal(status, 503, name);
      assert.doesNotMatch(body, /"name"/);
    }
  });

  test('an invalid policy fails closed and says why', async () => {
    const { status } = await get('/broken80');
    assert.equal(status, 500);
    const [ancestor] =
      (dragoman.status('BackendTLSPolicy/default/broken') as { ancestors: unknown[] }).ancestors;
    assert.equal(conditionOf(ancestor, 'Accepted')?.reason, 'NoValidCACertificate');
    assert.equal(conditionOf(ancestor, 'ResolvedRefs')?.reason, 'InvalidCACertificateRef');
    assert.match(conditionOf(ancestor, 'ResolvedRefs')?.message ?? '', /ConfigMap\/default\/missing/);
  });

  test('a policy of one port leaves the others alone', async () => {
    const { status, seen } = await get('/section80');
    assert.deepEqual([status, seen?.tls?.serverName], [200, 'backend.example']);
    // In clear to a server that wants TLS: the connection ends.
    assert.equal((await get('/section81')).status, 503);
  });

  test('HTTP/2 is negotiated with a backend that speaks it', async () => {
    const { status, seen } = await get('/h280');
    assert.deepEqual([status, seen?.httpVersion, seen?.tls?.alpn], [200, '2', 'h2']);
  });

  test('each Gateway shows the certificate of its own', async () => {
    for (const [gateway, subject] of [['http', /gateway web/], ['other', /gateway other/]] as const) {
      const { status, seen, body } = await get('/mutual80', gateway);
      assert.equal(status, 200, body);
      assert.match(seen?.tls?.clientCertificate?.subject ?? '', subject);
    }
  });

  test('a policy that comes, changes and goes is followed', async () => {
    assert.equal((await get('/plain80')).seen?.tls, undefined);
    await dragoman.write('policy-good.yaml', policy('good', { hostname: 'other.example' }));
    await eventually(async () => assert.equal((await get('/good80')).status, 503));
    await dragoman.write('policy-good.yaml', policies['good'] ?? '');
    await eventually(async () => assert.equal((await get('/good80')).status, 200));
    await dragoman.write('policy-plain.yaml', policy('plain'));
    // TLS to a server that speaks none: never again in clear.
    await eventually(async () => assert.equal((await get('/plain80')).status, 503));
    dragoman.remove('policy-plain.yaml');
    await eventually(async () => assert.equal((await get('/plain80')).status, 200));
  });
});

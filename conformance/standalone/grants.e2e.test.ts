import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, caConfigMap, type Pair, tlsSecret } from './certificates.ts';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

/** Everything that a reference may lead to is in the namespace `far`; everything that refers is in `default`. */
function grant(from: string, to: string): string {
  const group = from === 'ListenerSet' || from === 'Gateway' || from === 'HTTPRoute'
    ? 'gateway.networking.k8s.io'
    : '';
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: let-in, namespace: far }
spec:
  from: [{ group: ${group}, kind: ${from}, namespace: default }]
  to: [{ group: "", kind: ${to} }]
`;
}

const FAR = '{ name: far, namespace: far, port: 80 }';

function gateways(): string {
  return gateway('[{ name: http, port: {port:http}, protocol: HTTP }]')
    .replace('listeners:', 'allowedListeners: { namespaces: { from: All } }, listeners:') + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: certificate }
spec:
  gatewayClassName: dragoman
  listeners: [{ name: https, port: {port:certificate}, protocol: HTTPS, tls: { certificateRefs: [{ name: server, namespace: far }] } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: trust }
spec:
  gatewayClassName: dragoman
  tls: { frontend: { default: { validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca, namespace: far }] } } } }
  listeners: [{ name: https, port: {port:trust}, protocol: HTTPS, tls: { certificateRefs: [{ name: near }] } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: client }
spec:
  gatewayClassName: dragoman
  tls: { backend: { clientCertificateRef: { name: server, namespace: far } } }
  listeners: [{ name: http, port: {port:client}, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: set }
spec:
  parentRef: { name: web }
  listeners: [{ name: https, port: {port:set}, protocol: HTTPS, tls: { certificateRefs: [{ name: server, namespace: far }] } }]
`;
}

describe('references to another namespace', () => {
  let dragoman: Standalone;
  let ca: Authority;
  let client: Pair;
  const mirrored: SeenRequest[] = [];

  before(async () => {
    ca = await Authority.create('CA');
    client = await ca.issue({ commonName: 'client' });
    const far = await ca.issue({ commonName: 'far' });
    dragoman = await Standalone.start({
      files: {
        'gateways.yaml': gateways(),
        'far.yaml': ['far', 'mirror', 'auth'].map((name) =>
          service(name)
        ).join('').replaceAll('metadata: {', 'metadata: { namespace: far,') +
          tlsSecret('server', far, 'far') + caConfigMap('ca', ca.cert, 'far'),
        'near.yaml': service('near') + service('mutual') +
          tlsSecret('near', await ca.issue({ commonName: 'near' })) +
          caConfigMap('ca', ca.cert) + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: mutual }
spec:
  targetRefs: [{ group: "", kind: Service, name: mutual }]
  validation: { hostname: backend.example, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`,
        'routes.yaml': httpRoute('web', {
          rules: `[
            { matches: [{ path: { value: /backend } }], backendRefs: [${FAR}] },
            { matches: [{ path: { value: /mirror } }], backendRefs: [{ name: near, port: 80 }],
              filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: mirror, namespace: far, port: 80 } } }] },
            { matches: [{ path: { value: /auth } }], backendRefs: [{ name: near, port: 80 }],
              filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, http: {}, backendRef: { name: auth, namespace: far, port: 80 } } }] },
            { matches: [{ path: { value: /mutual } }], backendRefs: [{ name: mutual, port: 80 }] },
            { backendRefs: [{ name: near, port: 80 }] }]`,
        }).replace(
          '[{ name: web }]',
          '[{ name: web }, { name: certificate }, { name: trust }, { name: client }, { group: gateway.networking.k8s.io, kind: ListenerSet, name: set }]',
        ),
      },
      echoes: {
        mirror: {
          onRequest: (seen) =>
            mirrored.push(seen),
        },
        mutual: {
          tls: {
            ...await ca.issue({ commonName: 'backend', names: ['backend.example'] }),
            clientCa: ca.cert,
          },
        },
      },
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  const get = async (path: string): Promise<boolean> =>
    (await send({ port: dragoman.port('http'), path })).status === 200;
  const tls = (port: string): Promise<boolean> =>
    sendTls({ port: dragoman.port(port), serverName: 'x.example', client }).then(
      ({ status }) => status === 200,
      () => false,
    );

  const references: readonly (readonly [string, string, string, () => Promise<boolean>])[] = [
    ['HTTPRoute backendRef', 'HTTPRoute', 'Service', () => get('/backend')],
    ['HTTPRoute mirror', 'HTTPRoute', 'Service', async () => {
      const before = mirrored.length;
      assert.equal(await get('/mirror'), true);
      for (let i = 0; i < 10 && mirrored.length === before; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return mirrored.length > before;
    }],
    ['HTTPRoute external auth', 'HTTPRoute', 'Service', () => get('/auth')],
    ['Gateway listener certificate', 'Gateway', 'Secret', () => tls('certificate')],
    ['Gateway trust anchors', 'Gateway', 'ConfigMap', () => tls('trust')],
    [
      'Gateway client certificate',
      'Gateway',
      'Secret',
      async () => (await send({ port: dragoman.port('client'), path: '/mutual' })).status === 200,
    ],
    ['ListenerSet certificate', 'ListenerSet', 'Secret', () => tls('set')],
  ];

  for (const [name, from, to, works] of references) {
    test(`${name}: a grant opens it, and nothing else does`, async () => {
      assert.equal(await works(), false, 'without any grant');
      const others = [['HTTPRoute', 'Service'], ['Gateway', 'Secret'], ['Gateway', 'ConfigMap'], [
        'ListenerSet',
        'Secret',
      ]]
        .filter(([otherFrom, otherTo]) => otherFrom !== from || otherTo !== to);
      await dragoman.write(
        'grant.yaml',
        others.map(([otherFrom = '', otherTo = ''], index) =>
          grant(otherFrom, otherTo).replace('let-in', `other-${index}`)
        ).join(''),
      );
      await dragoman.write('settled.yaml', marker(`${name} others`));
      await settled(`${name} others`);
      assert.equal(await works(), false, 'with grants of others');
      await dragoman.write('grant.yaml', grant(from, to));
      await eventually(async () => assert.equal(await works(), true));
      await dragoman.write('grant.yaml', '# none\n');
      await eventually(async () => assert.equal(await works(), false));
    });
  }

  /** A route that says in a header what was written before it. */
  function marker(text: string): string {
    const filter =
      `{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-mark, value: "${text}" }] } }`;
    return httpRoute('marker', {
      rules:
        `[{ matches: [{ path: { value: /marker } }], filters: [${filter}], backendRefs: [{ name: near, port: 80 }] }]`,
    });
  }

  async function settled(text: string): Promise<void> {
    await eventually(async () =>
      assert.equal((await send({ port: dragoman.port('http'), path: '/marker' })).headers['x-mark'], text)
    );
  }
});

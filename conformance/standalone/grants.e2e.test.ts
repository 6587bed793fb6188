import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, caConfigMap, type Pair, tlsSecret } from './certificates.ts';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { whoAnswers } from './conversation.ts';
import { UdpClient, UdpEcho } from './datagrams.ts';
import { type GrpcBackend, GrpcClient, startGrpcBackend } from './grpc.ts';
import { gateway, httpRoute, l4Route, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

interface Granted {
  readonly from: string;
  readonly to: string;
  /** Of who refers; `default` unless told. */
  readonly namespace?: string;
  /** Of what is referred to; any unless told. */
  readonly object?: string;
}

/** Everything that a reference may lead to is in the namespace `far`; everything that refers is in `default`. */
function grant(name: string, { from, to, namespace = 'default', object }: Granted): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: ${name}, namespace: far }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: ${from}, namespace: ${namespace} }]
  to: [{ group: "", kind: ${to}${object === undefined ? '' : `, name: ${object}`} }]
`;
}

/** All that may be granted to those who may have a grant. */
const GRANTS: readonly Granted[] = [
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map((from) => ({ from, to: 'Service' })),
  ...['Gateway', 'ListenerSet'].flatMap((from) => ['Secret', 'ConfigMap'].map((to) => ({ from, to }))),
];

const FAR = '{ name: far, namespace: far, port: 80 }';

function gateways(): string {
  return gateway(`[
    { name: http, port: {port:http}, protocol: HTTP },
    { name: grpc, port: {port:grpc}, protocol: HTTP, allowedRoutes: { kinds: [{ kind: GRPCRoute }] } },
    { name: tls, port: {port:tls}, protocol: TLS, tls: { mode: Passthrough } },
    { name: tcp, port: {port:tcp}, protocol: TCP },
    { name: udp, port: {port:udp}, protocol: UDP }]`)
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
metadata: { name: secret-trust }
spec:
  gatewayClassName: dragoman
  tls: { frontend: { default: { validation: { caCertificateRefs: [{ group: "", kind: Secret, name: ca, namespace: far }] } } } }
  listeners: [{ name: https, port: {port:secret-trust}, protocol: HTTPS, tls: { certificateRefs: [{ name: near }] } }]
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

/** A Service of namespace `far` in front of a backend that is none of the echoes. */
function farService(name: string, port: number, protocol = 'TCP'): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: far, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}" } }
spec: { ports: [{ port: 80, protocol: ${protocol} }] }
`;
}

describe('references to another namespace', () => {
  let dragoman: Standalone;
  let ca: Authority;
  let client: Pair;
  let grpc: GrpcBackend;
  let udp: UdpEcho;
  const mirrored: SeenRequest[] = [];

  before(async () => {
    ca = await Authority.create('CA');
    client = await ca.issue({ commonName: 'client' });
    const far = await ca.issue({ commonName: 'far' });
    grpc = await startGrpcBackend('far');
    udp = await UdpEcho.start('far');
    dragoman = await Standalone.start({
      files: {
        'gateways.yaml': gateways(),
        'far.yaml': ['far', 'mirror', 'auth', 'secure'].map((name) =>
          service(name)
        ).join('').replaceAll('metadata: {', 'metadata: { namespace: far,') +
          farService('grpc', grpc.port) + farService('udp', udp.port, 'UDP') +
          tlsSecret('server', far, 'far') + caConfigMap('ca', ca.cert, 'far') + `
---
apiVersion: v1
kind: Secret
metadata: { name: ca, namespace: far }
stringData: { ca.crt: ${JSON.stringify(ca.cert)} }
`,
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
          '[{ name: web }, { name: certificate }, { name: trust }, { name: secret-trust }, { name: client }, { group: gateway.networking.k8s.io, kind: ListenerSet, name: set }]',
        ) + httpRoute('grpc', {
          rules: '[{ backendRefs: [{ name: grpc, namespace: far, port: 80 }] }]',
        }).replace('kind: HTTPRoute', 'kind: GRPCRoute').replace(
          'name: web',
          'name: web, sectionName: grpc',
        ) +
          l4Route('TLSRoute', 'tls', {
            backends: '[{ name: secure, namespace: far, port: 80 }]',
            listener: 'tls',
            more: 'hostnames: [x.example]',
          }) +
          l4Route('TCPRoute', 'tcp', { backends: `[${FAR}]`, listener: 'tcp' }) +
          l4Route('UDPRoute', 'udp', {
            backends: '[{ name: udp, namespace: far, port: 80 }]',
            listener: 'udp',
          }),
      },
      echoes: {
        secure: { tls: far },
        lonely: { tls: await ca.issue({ commonName: 'backend', names: ['backend.example'] }) },
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

  after(async () => {
    await dragoman[Symbol.asyncDispose]();
    await grpc[Symbol.asyncDispose]();
    await udp[Symbol.asyncDispose]();
  });

  const get = async (path: string): Promise<boolean> =>
    (await send({ port: dragoman.port('http'), path })).status === 200;
  const tls = (port: string): Promise<boolean> =>
    sendTls({ port: dragoman.port(port), serverName: 'x.example', client }).then(
      ({ status }) => status === 200,
      () => false,
    );

  const references: readonly (readonly [string, Granted, () => Promise<boolean>])[] = [
    ['HTTPRoute backendRef', { from: 'HTTPRoute', to: 'Service', object: 'far' }, () => get('/backend')],
    ['HTTPRoute mirror', { from: 'HTTPRoute', to: 'Service', object: 'mirror' }, async () => {
      const before = mirrored.length;
      assert.equal(await get('/mirror'), true);
      for (let i = 0; i < 10 && mirrored.length === before; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return mirrored.length > before;
    }],
    ['HTTPRoute external auth', { from: 'HTTPRoute', to: 'Service', object: 'auth' }, () => get('/auth')],
    ['GRPCRoute backendRef', { from: 'GRPCRoute', to: 'Service', object: 'grpc' }, async () => {
      using caller = new GrpcClient({ port: dragoman.port('grpc') });
      return (await caller.call('shop.Orders/Get')).code === 'OK';
    }],
    ['TLSRoute backendRef', { from: 'TLSRoute', to: 'Service', object: 'secure' }, () => tls('tls')],
    [
      'TCPRoute backendRef',
      { from: 'TCPRoute', to: 'Service', object: 'far' },
      async () => await whoAnswers(dragoman.port('tcp')) === 'far',
    ],
    ['UDPRoute backendRef', { from: 'UDPRoute', to: 'Service', object: 'udp' }, async () => {
      await using caller = await UdpClient.start(dragoman.port('udp'));
      return await caller.ask('?', { ms: 250 }) !== undefined;
    }],
    [
      'Gateway listener certificate',
      { from: 'Gateway', to: 'Secret', object: 'server' },
      () => tls('certificate'),
    ],
    ['Gateway trust anchors', { from: 'Gateway', to: 'ConfigMap', object: 'ca' }, () => tls('trust')],
    [
      'Gateway trust anchors in a Secret',
      { from: 'Gateway', to: 'Secret', object: 'ca' },
      () => tls('secret-trust'),
    ],
    [
      'Gateway client certificate',
      { from: 'Gateway', to: 'Secret', object: 'server' },
      async () => (await send({ port: dragoman.port('client'), path: '/mutual' })).status === 200,
    ],
    [
      'ListenerSet certificate',
      { from: 'ListenerSet', to: 'Secret', object: 'server' },
      () => tls('set'),
    ],
  ];

  for (const [name, needed, works] of references) {
    test(`${name}: a grant opens it, and nothing else does`, async () => {
      const { from, to } = needed;
      assert.equal(await works(), false, 'without any grant');
      const others = [
        ...GRANTS.filter((other) => other.from !== from || other.to !== to),
        { from, to, namespace: 'elsewhere' },
        { from, to, object: 'something-else' },
      ];
      await dragoman.write('grant.yaml', others.map((other, at) => grant(`other-${at}`, other)).join(''));
      await settled(`${name} others`);
      assert.equal(await works(), false, 'with grants of others');
      await dragoman.write('grant.yaml', grant('let-in', needed));
      await eventually(async () => assert.equal(await works(), true));
      await dragoman.write('grant.yaml', '# none\n');
      await eventually(async () => assert.equal(await works(), false));
    });
  }

  test('a BackendTLSPolicy finds trust anchors in its own namespace alone, whatever is granted', async () => {
    await dragoman.write(
      'policy.yaml',
      service('lonely') + httpRoute('lonely', {
        rules: '[{ matches: [{ path: { value: /lonely } }], backendRefs: [{ name: lonely, port: 80 }] }]',
      }) + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: lonely }
spec:
  targetRefs: [{ group: "", kind: Service, name: lonely }]
  validation: { hostname: backend.example, caCertificateRefs: [{ group: "", kind: ConfigMap, name: distant }] }
` + caConfigMap('distant', ca.cert, 'far') +
        grant('policies', { from: 'BackendTLSPolicy', to: 'ConfigMap' }),
    );
    await settled('policy');
    assert.equal((await send({ port: dragoman.port('http'), path: '/lonely' })).status, 500);
    await dragoman.write('distant.yaml', caConfigMap('distant', ca.cert));
    await eventually(async () => assert.equal(await get('/lonely'), true));
  });

  interface Openness {
    readonly routes?: boolean;
    readonly listeners?: boolean;
    readonly setRoutes?: boolean;
  }

  /** A Gateway of namespace `far` with a ListenerSet there, open to other namespaces or not; no grant is asked for. */
  function farGateway({ routes = false, listeners = false, setRoutes = false }: Openness): string {
    const from = (open: boolean): string => `{ namespaces: { from: ${open ? 'All' : 'Same'} } }`;
    return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: far, namespace: far }
spec:
  gatewayClassName: dragoman
  allowedListeners: ${from(listeners)}
  listeners: [{ name: http, port: {port:far}, protocol: HTTP, allowedRoutes: ${from(routes)} }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: far, namespace: far }
spec:
  parentRef: { name: far }
  listeners: [{ name: http, port: {port:far-set}, protocol: HTTP, allowedRoutes: ${from(setRoutes)} }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: far-near }
spec:
  parentRef: { name: far, namespace: far }
  listeners: [{ name: http, port: {port:far-near}, protocol: HTTP }]
` + httpRoute('far', { rules: '[{ backendRefs: [{ name: near, port: 80 }] }]' }).replace(
        '[{ name: web }]',
        `[{ name: far, namespace: far },
        { group: gateway.networking.k8s.io, kind: ListenerSet, name: far, namespace: far },
        { group: gateway.networking.k8s.io, kind: ListenerSet, name: far-near }]`.replaceAll('\n', ' '),
      );
  }

  const attachments: readonly (readonly [string, keyof Openness, string])[] = [
    ['a route to a Gateway', 'routes', 'far'],
    ['a route to a ListenerSet', 'setRoutes', 'far-set'],
    ['a ListenerSet to a Gateway', 'listeners', 'far-near'],
  ];

  for (const [name, opens, port] of attachments) {
    test(`${name}: only who is referred to opens it`, async () => {
      const works = (): Promise<boolean> =>
        send({ port: dragoman.port(port) }).then(({ status }) => status === 200, () => false);
      const closed = { routes: true, listeners: true, setRoutes: true, [opens]: false };
      await dragoman.write(
        'far-gateway.yaml',
        farGateway(closed) + GRANTS.map((each, at) => grant(`all-${at}`, each)).join(''),
      );
      await settled(`${name} closed`);
      assert.equal(await works(), false, 'while all else is open');
      await dragoman.write('far-gateway.yaml', farGateway({ ...closed, [opens]: true }));
      await eventually(async () => assert.equal(await works(), true));
      await dragoman.write('far-gateway.yaml', farGateway(closed));
      await eventually(async () => assert.equal(await works(), false));
      dragoman.remove('far-gateway.yaml');
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

  /** Everything that was written before is served. */
  async function settled(text: string): Promise<void> {
    await dragoman.write('settled.yaml', marker(text));
    await eventually(async () =>
      assert.equal((await send({ port: dragoman.port('http'), path: '/marker' })).headers['x-mark'], text)
    );
  }
});

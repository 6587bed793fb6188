/** Small random worlds of manifests and feedback, with random edits, for property tests. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { type AnyObject, decode } from '../../lib/api/mod.ts';
import { objectsIn } from './golden.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const NAMESPACES = ['default', 'team'] as const;
const HOSTNAMES = ['www.example.com', '*.example.com', 'a.b.example.com', 'other.org'] as const;

/** One object at most for each slot: an edit replaces or, without a value, removes it. */
export interface Edit {
  /** `Kind/namespace/name`. */
  readonly slot: string;
  readonly object: AnyObject | undefined;
}

/** What comes from proxies between two commits; indexes are of what there is, modulo its number. */
export type Feedback =
  | { readonly type: 'deliver'; readonly share: number }
  | { readonly type: 'refuse'; readonly index: number }
  | { readonly type: 'forgive'; readonly index: number };

export interface Step {
  readonly edits: readonly Edit[];
  readonly feedback: readonly Feedback[];
}

const certificates = objectsIn(
  readFileSync(join(fileURLToPath(new URL('.', import.meta.url)), 'fixtures/certificates.yaml'), 'utf8'),
);

function manifest(raw: object): AnyObject {
  const { object, problems } = decode(raw);
  if (object === undefined) throw new Error(JSON.stringify(problems));
  return object;
}

const namespace = fc.constantFrom(...NAMESPACES);
const hostname = fc.constantFrom(...HOSTNAMES);
/** Objects of a folder are equally old; those of a cluster are not. */
const created = fc.option(fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'), {
  nil: undefined,
});

function edits(slot: string, raw: fc.Arbitrary<object>): fc.Arbitrary<Edit> {
  return fc.option(raw, { nil: undefined, freq: 4 }).map((each) => ({
    slot,
    object: each === undefined ? undefined : manifest(each),
  }));
}

const PARAMETERS = { group: 'dragoman.dev', kind: 'GatewayParameters' };

const gatewayClass = edits(
  'GatewayClass//dragoman',
  fc.record({
    controllerName: fc.constantFrom(
      'dragoman.dev/gateway-controller',
      'dragoman.dev/gateway-controller',
      'other.dev/controller',
    ),
    parameters: fc.constantFrom(undefined, 'shared'),
  }).map(({ controllerName, parameters }) => ({
    apiVersion: GATEWAY_API,
    kind: 'GatewayClass',
    metadata: { name: 'dragoman' },
    spec: {
      controllerName,
      ...(parameters === undefined
        ? {}
        : { parametersRef: { ...PARAMETERS, name: parameters, namespace: 'team' } }),
    },
  })),
);

const parameters = fc.tuple(namespace, fc.constantFrom('shared', 'own')).chain(([namespace, name]) =>
  edits(
    `GatewayParameters/${namespace}/${name}`,
    fc.record({
      replicas: fc.constantFrom(1, 3),
      logLevel: fc.constantFrom('info', 'debug'),
      service: fc.constantFrom({}, { type: 'ClusterIP' }, { type: 'NodePort' }),
    }, { requiredKeys: [] }).map((spec) => ({
      apiVersion: 'dragoman.dev/v1alpha1',
      kind: 'GatewayParameters',
      metadata: { name, namespace },
      spec,
    })),
  )
);

const secretRef = fc.record({
  name: fc.constantFrom('web', 'web', 'other', 'mixed', 'gone'),
  namespace: fc.constantFrom('default', 'team'),
});

const trustRef = fc.constantFrom(
  { group: '', kind: 'ConfigMap', name: 'ca' },
  { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'roots' },
  { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'example.com:signer:roots' },
  { group: '', kind: 'ConfigMap', name: 'gone' },
);

/** Unless clients are asked for nothing. */
const frontend = fc.option(fc.array(trustRef, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 4 });

/** As names of listeners say it. */
const SHORT = { HTTP: 'http', HTTPS: 'tls', TLS: 'sni', TCP: 'tcp', UDP: 'udp' } as const;

const listeners = fc.uniqueArray(
  fc.record({
    protocol: fc.constantFrom<keyof typeof SHORT>(
      'HTTP',
      'HTTP',
      'HTTPS',
      'HTTPS',
      'TLS',
      'TLS',
      'TCP',
      'UDP',
    ),
    mode: fc.constantFrom('Terminate', 'Passthrough'),
    port: fc.constantFrom(80, 8080, 8443),
    hostname: fc.option(hostname, { nil: undefined }),
    secret: secretRef,
    from: fc.constantFrom('All', 'Same'),
  }).map(({ protocol, mode, port, hostname: any, secret, from }) => {
    const hostname = protocol === 'TCP' || protocol === 'UDP' ? undefined : any;
    return {
      name: `${SHORT[protocol]}-${port}-${HOSTNAMES.indexOf(hostname!)}`.replace('--1', '-any'),
      port,
      protocol,
      ...(hostname === undefined ? {} : { hostname }),
      ...(protocol === 'HTTPS' ? { tls: { certificateRefs: [secret] } } : {}),
      ...(protocol === 'TLS'
        ? { tls: { mode, ...(mode === 'Terminate' ? { certificateRefs: [secret] } : {}) } }
        : {}),
      allowedRoutes: { namespaces: { from } },
    };
  }),
  { minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

const gateways = fc.tuple(namespace, fc.constantFrom('one', 'two')).chain(([namespace, name]) =>
  edits(
    `Gateway/${namespace}/${name}`,
    fc.record({
      listeners,
      created,
      address: fc.constantFrom(undefined, '127.0.0.2'),
      client: fc.constantFrom(undefined, undefined, 'web'),
      frontend,
      sets: fc.constantFrom('All', 'Same', 'None'),
      parameters: fc.constantFrom(undefined, undefined, 'own'),
    })
      .map(({ listeners, created, address, client, frontend, sets, parameters }) => ({
        apiVersion: GATEWAY_API,
        kind: 'Gateway',
        metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
        spec: {
          gatewayClassName: 'dragoman',
          listeners,
          allowedListeners: { namespaces: { from: sets } },
          ...(address === undefined ? {} : { addresses: [{ value: address }] }),
          ...(parameters === undefined
            ? {}
            : { infrastructure: { parametersRef: { ...PARAMETERS, name: parameters } } }),
          tls: {
            ...(client === undefined ? {} : { backend: { clientCertificateRef: { name: client } } }),
            ...(frontend === undefined
              ? {}
              : { frontend: { default: { validation: { caCertificateRefs: frontend } } } }),
          },
        },
      })),
  )
);

const listenerSets = fc.tuple(namespace, fc.constantFrom('set', 'more')).chain(([namespace, name]) =>
  edits(
    `ListenerSet/${namespace}/${name}`,
    fc.record({ listeners, created, parent: fc.constantFrom('one', 'two') }).map((
      { listeners, created, parent },
    ) => ({
      apiVersion: GATEWAY_API,
      kind: 'ListenerSet',
      metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
      spec: { parentRef: { name: parent, namespace: 'default' }, listeners },
    })),
  )
);

const backendRef = fc.record({
  name: fc.constantFrom('a', 'b', 'gone'),
  namespace: fc.constantFrom('default', 'default', 'team'),
  port: fc.constantFrom(80, 80, 81),
  weight: fc.constantFrom(0, 1, 3),
});

const filters = fc.constantFrom<readonly object[]>(
  [],
  [],
  [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: '%y' }] } }],
  [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'b', port: 80 } } }],
  [{
    type: 'ExternalAuth',
    externalAuth: { protocol: 'HTTP', http: {}, backendRef: { name: 'a', port: 80 } },
  }],
  [{ type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Wasm', name: 'x' } }],
);

const rule = fc.record({
  path: fc.constantFrom(
    { type: 'PathPrefix', value: '/' },
    { type: 'PathPrefix', value: '/long' },
    { type: 'Exact', value: '/' },
    { type: 'RegularExpression', value: '/[a-z]+' },
    { type: 'RegularExpression', value: '(' },
  ),
  backendRefs: fc.array(backendRef, { maxLength: 2 }),
  filters,
  redirect: fc.integer({ min: 0, max: 5 }),
}).map(({ path, backendRefs, filters, redirect }) => ({
  matches: [{ path }],
  ...(redirect === 0
    ? { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }
    : { filters, backendRefs }),
}));

const parentRef = fc.record({
  kind: fc.constantFrom('Gateway', 'Gateway', 'ListenerSet'),
  name: fc.constantFrom('one', 'two'),
  namespace: fc.constantFrom('default', 'team'),
}).map((ref) => ref.kind === 'Gateway' ? ref : { ...ref, name: ref.name === 'one' ? 'set' : 'more' });

const grpcRule = fc.record({
  method: fc.constantFrom(
    undefined,
    { service: 'a.B' },
    { method: 'C' },
    { type: 'RegularExpression', service: '[a-z]+' },
    { type: 'RegularExpression', method: '(' },
  ),
  backendRefs: fc.array(backendRef, { maxLength: 2 }),
  filters: filters.filter((list) => !JSON.stringify(list).includes('ExternalAuth')),
}).map(({ method, ...rule }) => ({ matches: method === undefined ? [] : [{ method }], ...rule }));

const httpRoutes = routesOf('HTTPRoute', fc.array(rule, { minLength: 1, maxLength: 3 }));
const grpcRoutes = routesOf('GRPCRoute', fc.array(grpcRule, { maxLength: 3 }), [
  undefined,
  undefined,
  { 'dragoman.dev/grpc-web-origins': 'https://www.example.com' },
  { 'dragoman.dev/grpc-web-origins': 'no origin, *' },
]);

function routesOf(
  kind: string,
  rules: fc.Arbitrary<readonly object[]>,
  annotated: readonly (Readonly<Record<string, string>> | undefined)[] = [undefined],
): fc.Arbitrary<Edit> {
  return fc.tuple(namespace, fc.constantFrom('r1', 'r2', 'r3')).chain(([namespace, name]) =>
    edits(
      `${kind}/${namespace}/${name}`,
      fc.record({
        parentRefs: fc.uniqueArray(parentRef, {
          minLength: 1,
          maxLength: 2,
          selector: (ref) => JSON.stringify(ref),
        }),
        hostnames: fc.uniqueArray(hostname, { maxLength: 2 }),
        rules,
        created,
        annotations: fc.constantFrom(...annotated),
      }).map(({ created, annotations, ...spec }) => ({
        apiVersion: GATEWAY_API,
        kind,
        metadata: {
          name,
          namespace,
          ...(created === undefined ? {} : { creationTimestamp: created }),
          ...(annotations === undefined ? {} : { annotations }),
        },
        spec,
      })),
    )
  );
}

const l4Routes = fc.tuple(
  fc.constantFrom('TLSRoute', 'TCPRoute', 'UDPRoute'),
  namespace,
  fc.constantFrom('r1', 'r2'),
).chain(([kind, namespace, name]) =>
  edits(
    `${kind}/${namespace}/${name}`,
    fc.record({
      parentRefs: fc.uniqueArray(parentRef, {
        minLength: 1,
        maxLength: 2,
        selector: (ref) => JSON.stringify(ref),
      }),
      hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 2 }),
      backendRefs: fc.array(backendRef, { minLength: 1, maxLength: 3 }),
      created,
    }).map(({ created, parentRefs, hostnames, backendRefs }) => ({
      apiVersion: GATEWAY_API,
      kind,
      metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
      spec: { parentRefs, ...(kind === 'TLSRoute' ? { hostnames } : {}), rules: [{ backendRefs }] },
    })),
  )
);

const services = fc.tuple(namespace, fc.constantFrom('a', 'b')).chain(([namespace, name]) =>
  edits(
    `Service/${namespace}/${name}`,
    fc.constantFrom(undefined, 'kubernetes.io/h2c', 'kubernetes.io/ws').map((appProtocol) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        ports: [
          { name: 'http', port: 80, ...(appProtocol === undefined ? {} : { appProtocol }) },
          { name: 'udp', port: 80, protocol: 'UDP' },
        ],
      },
    })),
  )
);

const endpointSlices = fc.tuple(namespace, fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')).chain((
  [namespace, service, name],
) =>
  edits(
    `EndpointSlice/${namespace}/${service}-${name}`,
    fc.uniqueArray(fc.constantFrom('10.0.0.1', '10.0.0.2', '127.0.0.1'), { maxLength: 2 }).map((
      addresses,
    ) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${service}-${name}`,
        namespace,
        labels: { 'kubernetes.io/service-name': service },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 3000 }, { name: 'udp', port: 3000, protocol: 'UDP' }],
      endpoints: addresses.map((address) => ({ addresses: [address] })),
    })),
  )
);

const referenceGrants = fc.tuple(
  namespace,
  fc.constantFrom('Gateway', 'ListenerSet', 'TLSRoute', 'HTTPRoute', 'GRPCRoute'),
  fc.constantFrom('Service', 'Secret'),
).chain(([namespace, from, to]) =>
  edits(
    `ReferenceGrant/${namespace}/${from}-${to}`.toLowerCase(),
    fc.constantFrom(...NAMESPACES).map((other) => ({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: `${from}-${to}`.toLowerCase(), namespace },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: from, namespace: other }],
        to: [{ group: '', kind: to }],
      },
    })),
  )
);

const policies = fc.constantFrom('p', 'q').chain((name) =>
  edits(
    `BackendTLSPolicy/default/${name}`,
    fc.record({
      service: fc.constantFrom('a', 'b'),
      trust: fc.option(trustRef, { nil: undefined, freq: 3 }),
      created,
    })
      .map((
        { service, trust, created },
      ) => ({
        apiVersion: GATEWAY_API,
        kind: 'BackendTLSPolicy',
        metadata: {
          name,
          namespace: 'default',
          ...(created === undefined ? {} : { creationTimestamp: created }),
        },
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name: service }],
          validation: trust === undefined
            ? { hostname: 'a.example.com', wellKnownCACertificates: 'System' }
            : { hostname: 'a.example.com', caCertificateRefs: [trust] },
        },
      })),
  )
);

/** Good and broken key pairs take each other's names. */
const secrets = fc.tuple(
  namespace,
  fc.constantFrom('web', 'other', 'mixed'),
  fc.constantFrom(0, 0, 1, 1, 2, 3, 4),
).map((
  [namespace, name, content],
): Edit => {
  const from = certificates.filter(({ kind }) => kind === 'Secret')[content];
  return {
    slot: `Secret/${namespace}/${name}`,
    object: from && {
      ...from,
      key: `${namespace}/${name}`,
      metadata: { ...from.metadata, namespace, name },
    },
  };
});

const configMaps = fc.boolean().map((present): Edit => ({
  slot: 'ConfigMap/default/ca',
  object: present
    ? certificates.find(({ kind, key }) => kind === 'ConfigMap' && key === 'default/ca')
    : undefined,
}));

const PEM = certificates.flatMap((object) =>
  object.kind === 'ConfigMap' ? [object.data['ca.crt'] ?? ''] : []
);

const trustBundles = fc.constantFrom(undefined, 'example.com/signer').chain((signerName) => {
  const name = signerName === undefined ? 'roots' : 'example.com:signer:roots';
  return edits(
    `ClusterTrustBundle//${name}`,
    fc.constantFrom(...PEM, PEM.join(''), '').map((trustBundle) => ({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'ClusterTrustBundle',
      metadata: { name },
      spec: { trustBundle, ...(signerName === undefined ? {} : { signerName }) },
    })),
  );
});

const edit = fc.oneof(
  { arbitrary: gatewayClass, weight: 1 },
  { arbitrary: parameters, weight: 2 },
  { arbitrary: gateways, weight: 5 },
  { arbitrary: listenerSets, weight: 3 },
  { arbitrary: httpRoutes, weight: 8 },
  { arbitrary: grpcRoutes, weight: 4 },
  { arbitrary: l4Routes, weight: 6 },
  { arbitrary: services, weight: 4 },
  { arbitrary: endpointSlices, weight: 3 },
  { arbitrary: referenceGrants, weight: 2 },
  { arbitrary: policies, weight: 2 },
  { arbitrary: secrets, weight: 6 },
  { arbitrary: trustBundles, weight: 2 },
  { arbitrary: configMaps, weight: 1 },
);

const feedback: fc.Arbitrary<Feedback> = fc.oneof(
  fc.record({ type: fc.constant('deliver' as const), share: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('refuse' as const), index: fc.nat(1000) }),
  fc.record({ type: fc.constant('forgive' as const), index: fc.nat(1000) }),
);

const step = fc.record({
  edits: fc.array(edit, { maxLength: 4 }),
  feedback: fc.array(feedback, { maxLength: 2 }),
});

/** Something that serves, so that histories are not mostly about nothing. */
const first: fc.Arbitrary<Step> = fc.record({
  gateways: fc.array(gateways, { minLength: 1, maxLength: 2 }),
  secrets: fc.array(secrets, { minLength: 1, maxLength: 4 }),
  trust: fc.array(fc.oneof(trustBundles, trustBundles, configMaps), { minLength: 1, maxLength: 5 }),
  rest: fc.array(edit, { minLength: 4, maxLength: 16 }),
}).map(({ gateways, secrets, trust, rest }) => ({
  edits: [
    {
      slot: 'GatewayClass//dragoman',
      object: manifest({
        apiVersion: GATEWAY_API,
        kind: 'GatewayClass',
        metadata: { name: 'dragoman' },
        spec: { controllerName: 'dragoman.dev/gateway-controller' },
      }),
    },
    ...gateways,
    ...secrets,
    ...trust,
    ...rest,
  ],
  feedback: [],
}));

export const history: fc.Arbitrary<readonly Step[]> = fc.tuple(first, fc.array(step, { maxLength: 6 })).map((
  [first, steps],
) => [first, ...steps]);

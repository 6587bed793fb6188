import * as fc from 'fast-check';
import { created, type Edit, edits, GATEWAY_API, namespace, NAMESPACES } from './random-edits.ts';
import { trustRef } from './random-trust.ts';

export const services: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('a', 'b')).chain((
  [namespace, name],
) =>
  edits(
    `Service/${namespace}/${name}`,
    fc.record({
      appProtocol: fc.constantFrom(undefined, 'kubernetes.io/h2c', 'kubernetes.io/ws'),
      proxyProtocol: fc.constantFrom(undefined, undefined, undefined, 'v2', 'v3'),
    }).map(({ appProtocol, proxyProtocol }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        namespace,
        ...(proxyProtocol === undefined
          ? {}
          : { annotations: { 'dragoman.dev/proxy-protocol': proxyProtocol } }),
      },
      spec: {
        ports: [
          { name: 'http', port: 80, ...(appProtocol === undefined ? {} : { appProtocol }) },
          { name: 'udp', port: 80, protocol: 'UDP' },
        ],
      },
    })),
  )
);

export const endpointSlices: fc.Arbitrary<Edit> = fc.tuple(
  namespace,
  fc.constantFrom('a', 'b'),
  fc.constantFrom('1', '2'),
).chain((
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

export const referenceGrants: fc.Arbitrary<Edit> = fc.tuple(
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

export const policies: fc.Arbitrary<Edit> = fc.constantFrom('p', 'q').chain((name) =>
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

export const xBackends: fc.Arbitrary<Edit> = namespace.chain((namespace) =>
  edits(
    `XBackend/${namespace}/x`,
    fc.record({
      chosen: fc.constantFrom(
        { type: 'ExternalHostname', externalHostname: { hostname: 'x.example.com' } },
        { type: 'ExternalHostname', externalHostname: { hostname: 'a.default.svc' } },
        { type: 'EndpointSelector', endpointSelector: { matchLabels: { app: 'a' } } },
        {
          type: 'EndpointSelector',
          endpointSelector: { matchLabels: { app: 'b' } },
          sessionPersistence: { cookie: { name: 'x' } },
        },
      ),
      uid: fc.constantFrom('x1', 'x2'),
      protocol: fc.constantFrom(undefined, 'HTTP', 'HTTP11', 'GRPC', 'TCP'),
      trust: fc.option(trustRef, { nil: undefined, freq: 2 }),
      client: fc.option(fc.constantFrom('web', 'gone'), { nil: undefined, freq: 2 }),
    }).map(({ chosen, uid, protocol, trust, client }) => ({
      apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
      kind: 'XBackend',
      metadata: { name: 'x', namespace, uid },
      spec: {
        ...chosen,
        port: { number: 443 },
        ...(protocol === undefined ? {} : { protocol }),
        ...(trust === undefined ? {} : {
          tls: {
            mode: client === undefined ? 'ServerOnly' : 'ClientAndServer',
            validation: { hostname: 'x.example.com', caCertificateRefs: [trust] },
            ...(client === undefined ? {} : { clientCertificateRef: { name: client } }),
          },
        }),
      },
    })),
  )
);

export const trafficPolicies: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('p', 'q')).chain((
  [namespace, name],
) =>
  edits(
    `XBackendTrafficPolicy/${namespace}/${name}`,
    fc.record({
      target: fc.constantFrom(
        { group: '', kind: 'Service', name: 'a' },
        { group: '', kind: 'Service', name: 'b' },
        { group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'x' },
        { group: '', kind: 'Service', name: 'gone' },
      ),
      percent: fc.constantFrom(undefined, 10, 20),
      session: fc.constantFrom(undefined, { cookie: {} }, { type: 'Header', header: { name: 'x-session' } }),
      created,
    }).map(({ target, percent, session, created }) => ({
      apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
      kind: 'XBackendTrafficPolicy',
      metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
      spec: {
        targetRefs: [target],
        ...(percent === undefined ? {} : { retryConstraint: { budget: { percent } } }),
        ...(session === undefined ? {} : { sessionPersistence: session }),
      },
    })),
  )
);

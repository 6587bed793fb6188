import * as fc from 'fast-check';
import { created, type Edit, edits, GATEWAY_API, hostname, HOSTNAMES, namespace } from './random-edits.ts';
import { trustRef } from './random-trust.ts';

const PARAMETERS = { group: 'dragoman.dev', kind: 'GatewayParameters' };

export const gatewayClass: fc.Arbitrary<Edit> = edits(
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

export const parameters: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('shared', 'own')).chain((
  [namespace, name],
) =>
  edits(
    `GatewayParameters/${namespace}/${name}`,
    fc.record({
      replicas: fc.constantFrom(1, 3),
      logLevel: fc.constantFrom('info', 'debug'),
      http3: fc.boolean(),
      udpIdleTimeout: fc.constantFrom('1s', '60s'),
      proxyProtocol: fc.constantFrom('None', 'Required', 'Optional'),
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

/** Unless clients are asked for nothing. */
const frontend = fc.option(fc.array(trustRef, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 4 });

/** As names of listeners say it. */
const SHORT = { HTTP: 'http', HTTPS: 'tls', TLS: 'sni', TCP: 'tcp', UDP: 'udp' } as const;

const filter = fc.constantFrom('a', 'b', 'b', 'gone', undefined).map((name) =>
  name === undefined
    ? { type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Wasm', name: 'x' } }
    : {
      type: 'ExternalAuth',
      externalAuth: { protocol: 'HTTP', http: {}, backendRef: { name, namespace: 'default', port: 80 } },
    }
);

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
    filters: fc.option(fc.array(filter, { maxLength: 2 }), { nil: undefined, freq: 2 }),
  }).map(({ protocol, mode, port, hostname: any, secret, from, filters }) => {
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
      ...(filters !== undefined && protocol.startsWith('HTTP') ? { filters: { requests: filters } } : {}),
    };
  }),
  { minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

const address = fc.constantFrom<object>(
  { type: 'IPAddress' },
  { value: '127.0.0.2' },
  { value: '127.0.0.2' },
  { type: 'Hostname' },
  { type: 'IPAddress', routability: 'Cluster' },
  { value: '10.96.0.7', routability: 'Cluster' },
  { type: 'IPAddress', routability: 'testing.x-k8s.io/sentinel' },
  { type: 'IPAddress', routability: 'example.com/vpc' },
);

export const gateways: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('one', 'two')).chain((
  [namespace, name],
) =>
  edits(
    `Gateway/${namespace}/${name}`,
    fc.record({
      listeners,
      created,
      addresses: fc.option(
        fc.uniqueArray(address, { maxLength: 2, selector: (each) => JSON.stringify(each) }),
        { nil: undefined, freq: 2 },
      ),
      client: fc.constantFrom(undefined, undefined, 'web'),
      frontend,
      sets: fc.constantFrom('All', 'Same', 'None'),
      parameters: fc.constantFrom(undefined, undefined, 'own'),
    })
      .map(({ listeners, created, addresses, client, frontend, sets, parameters }) => ({
        apiVersion: GATEWAY_API,
        kind: 'Gateway',
        metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
        spec: {
          gatewayClassName: 'dragoman',
          listeners,
          allowedListeners: { namespaces: { from: sets } },
          ...(addresses === undefined ? {} : { addresses }),
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

export const listenerSets: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('set', 'more')).chain((
  [namespace, name],
) =>
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

/** Where Services have their addresses. */
export const serviceRanges: fc.Arbitrary<Edit> = edits(
  'ServiceCIDR//kubernetes',
  fc.constantFrom('10.96.0.0/16', '10.97.0.0/16').map((range) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [range] },
  })),
);

export const telemetryPolicies: fc.Arbitrary<Edit> = fc.tuple(namespace, fc.constantFrom('p', 'q')).chain((
  [namespace, name],
) =>
  edits(
    `XTelemetryPolicy/${namespace}/${name}`,
    fc.record({
      gateway: fc.constantFrom('one', 'two'),
      collector: fc.constantFrom('a', 'b', 'gone', undefined),
      follows: fc.constantFrom('Enabled', 'Disabled'),
      created,
    }).map(({ gateway, collector, follows, created }) => ({
      apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
      kind: 'XTelemetryPolicy',
      metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: gateway }],
        tracing: collector === undefined ? { mode: 'Disabled' } : {
          mode: 'Enabled',
          provider: { backendRef: { name: collector, namespace: 'default', port: 80 } },
          parentBasedSampling: { mode: follows },
        },
      },
    })),
  )
);

/** Random edits of resources of `getambassador.io`: few names, hosts and ports, so that they meet. */

import * as fc from 'fast-check';
import { type Edit, edits, hostname, namespace } from './random-edits.ts';

function objects(
  kind: string,
  names: readonly string[],
  { spec, metadata = fc.constant({}) }: {
    readonly spec: fc.Arbitrary<object>;
    readonly metadata?: fc.Arbitrary<object>;
  },
): fc.Arbitrary<Edit> {
  return fc.tuple(namespace, fc.constantFrom(...names)).chain(([namespace, name]) =>
    edits(
      `${kind}/${namespace}/${name}`,
      fc.tuple(spec, metadata).map(([spec, more]) => ({
        apiVersion: 'getambassador.io/v3alpha1',
        kind,
        metadata: { name, namespace, ...more },
        spec,
      })),
    )
  );
}

/** Without the fields that are undefined, which no manifest has. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const labels = fc.constantFrom({}, { labels: { team: 'a' } }, { labels: { team: 'b' } });
const selector = fc.constantFrom(undefined, undefined, { matchLabels: { team: 'a' } });

const listeners = objects('Listener', ['http', 'https'], {
  spec: fc.record({
    port: fc.constantFrom(8080, 8443),
    protocol: fc.constantFrom('HTTP', 'HTTPS', 'HTTPPROXY', 'TCP'),
    securityModel: fc.constantFrom('XFP', 'SECURE', 'INSECURE'),
    l7Depth: fc.constantFrom(0, 1),
    hostBinding: fc.constantFrom({ namespace: { from: 'ALL' } }, { namespace: { from: 'SELF' } }),
  }),
  metadata: fc.constantFrom(
    {},
    {},
    { annotations: { 'dragoman.dev/gateway': 'default/one' } },
    { annotations: { 'dragoman.dev/gateway': 'default/one:80' } },
  ),
});

const hosts = objects('Host', ['a', 'b'], {
  spec: fc.record({
    hostname: fc.oneof(hostname, fc.constantFrom('*', 'www.*')),
    selector,
    tlsSecret: fc.constantFrom(undefined, { name: 'a' }, { name: 'nowhere' }),
    requestPolicy: fc.constantFrom(
      undefined,
      { insecure: { action: 'Route' } },
      { insecure: { action: 'Reject' } },
    ),
  }).map(({ selector, ...rest }) => given({ ...rest, mappingSelector: selector })),
  metadata: labels,
});

const mappings = objects('Mapping', ['a', 'b', 'c'], {
  spec: fc.record({
    prefix: fc.constantFrom('/', '/a/', '/.well-known/acme-challenge/'),
    hostname: fc.option(fc.oneof(hostname, fc.constant('*')), { nil: undefined }),
    service: fc.constantFrom('a', 'b.team', 'https://a:443', 'nowhere.example.net'),
    weight: fc.constantFrom(undefined, undefined, 0, 30, 100),
    shadow: fc.constantFrom(undefined, undefined, undefined, true),
    host_redirect: fc.constantFrom(undefined, undefined, undefined, true),
    resolver: fc.constantFrom(undefined, undefined, undefined, 'nothing'),
    precedence: fc.constantFrom(undefined, 1),
    tls: fc.constantFrom(undefined, undefined, 'context'),
  }).map(given),
  metadata: labels,
});

const tcpMappings = objects('TCPMapping', ['a', 'b'], {
  spec: fc.record({
    port: fc.constantFrom(8080, 9000),
    service: fc.constantFrom('a:80', 'nowhere.example.net:5432'),
    host: fc.option(hostname, { nil: undefined }),
    weight: fc.constantFrom(undefined, 30),
  }).map(given),
});

const contexts = objects('TLSContext', ['context'], {
  spec: fc.record({
    hosts: fc.subarray(['www.example.com', 'other.org']),
    secret: fc.constantFrom('a', 'b'),
  }),
});

const ambassador = namespace.chain((namespace) =>
  edits(
    `Module/${namespace}/ambassador`,
    fc.record({
      service_port: fc.constantFrom(undefined, 8080),
      x_forwarded_proto_redirect: fc.constantFrom(undefined, true),
      ip_deny: fc.constantFrom(undefined, undefined, [{ peer: '10.0.0.0/8' }]),
    }).map((config) => ({
      apiVersion: 'getambassador.io/v3alpha1',
      kind: 'Module',
      metadata: { name: 'ambassador', namespace },
      spec: { config: given(config) },
    })),
  )
);

const authServices = objects('AuthService', ['auth'], {
  spec: fc.constant({ auth_service: 'a:80', proto: 'http' }),
});

/** In annotations, and of v0: two objects may have the same resource. */
const annotated = fc.tuple(namespace, fc.constantFrom('a', 'web')).chain(([namespace, name]) =>
  edits(
    `Ingress/${namespace}/${name}`,
    fc.record({ mapping: fc.constantFrom('a', 'old_one'), weight: fc.constantFrom(10, 90) }).map((
      { mapping, weight },
    ) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name,
        namespace,
        annotations: {
          'getambassador.io/config': `apiVersion: ambassador/v0
kind: Mapping
name: ${mapping}
prefix: /a/
service: a.default
weight: ${weight}
---
apiVersion: ambassador/v0
kind: nothing
`,
        },
      },
    })),
  )
);

export const legacyObjects: fc.Arbitrary<Edit> = fc.oneof(
  { arbitrary: listeners, weight: 4 },
  { arbitrary: hosts, weight: 4 },
  { arbitrary: mappings, weight: 8 },
  { arbitrary: tcpMappings, weight: 3 },
  { arbitrary: contexts, weight: 2 },
  { arbitrary: ambassador, weight: 2 },
  { arbitrary: authServices, weight: 1 },
  { arbitrary: annotated, weight: 3 },
);

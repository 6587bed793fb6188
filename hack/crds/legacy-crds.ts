import { stringify } from 'yaml';

import type { LegacyKinds } from '../../lib/api/legacy/kinds.ts';
import { legacyGroup, type LegacyKind, legacyKinds } from '../../lib/api/legacy/kinds.ts';
import { structuralSchema } from './legacy-schema.ts';
import type { OpenAPISchema } from './upstream.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
}

interface Described {
  readonly text: string;
  readonly columns?: readonly Column[];
}

const column = (name: string, jsonPath: string, type = 'string'): Column => ({ name, type, jsonPath });

/** What `kubectl explain` and `kubectl get` tell of the kinds. */
const described: { readonly [K in keyof LegacyKinds]: Described } = {
  Mapping: {
    text: 'Where requests of a path prefix go.',
    columns: [
      column('Hostname', '.spec.hostname'),
      column('Prefix', '.spec.prefix'),
      column('Service', '.spec.service'),
      column('State', '.status.state'),
      column('Reason', '.status.reason'),
    ],
  },
  TCPMapping: {
    text: 'Where connections to a port go.',
    columns: [column('Port', '.spec.port', 'integer'), column('Service', '.spec.service')],
  },
  Host: {
    text: 'A hostname with its certificate, and what becomes of insecure requests to it.',
    columns: [column('Hostname', '.spec.hostname'), column('State', '.status.state')],
  },
  Listener: {
    text: 'A port, what is spoken there, and which Hosts are served.',
    columns: [
      column('Port', '.spec.port', 'integer'),
      column('Protocol', '.spec.protocol'),
      column('Stack', '.spec.protocolStack'),
      column('Security', '.spec.securityModel'),
      column('L7Depth', '.spec.l7Depth', 'integer'),
    ],
  },
  Module: { text: 'Settings of the whole installation; the name says which: ambassador or tls.' },
  TLSContext: { text: 'How TLS is terminated for its hosts, and originated where a resource names it.' },
  AuthService: { text: 'The service that says whether requests may pass.' },
  RateLimitService: { text: 'The gRPC service that says which requests are too many.' },
  TracingService: { text: 'Where traces go.' },
  LogService: { text: 'A gRPC service that gets access logs.' },
  KubernetesServiceResolver: { text: 'Has requests go to the address of a Service, found by DNS.' },
  KubernetesEndpointResolver: { text: 'Has requests go to the endpoints of a Service.' },
  ConsulResolver: { text: 'Has requests go to what Consul says a name stands for.' },
  DevPortal: { text: 'Settings of a developer portal; nothing here serves one.' },
};

const header =
  `# Made from lib/api/legacy by \`UPDATE_GOLDEN=1 npm test legacy-crds\`; README.md says how it is meant.
`;

/** The files of \`manifests/legacy\`, by their names. */
export function legacyCRDFiles(): ReadonlyMap<string, string> {
  const kinds = (Object.keys(described) as (keyof LegacyKinds)[]).map((kind): LegacyKind =>
    legacyKinds[kind]
  );
  const files = new Map(kinds.map((kind): [string, string] => [
    `${legacyGroup}_${kind.plural}.yaml`,
    header + stringify(definitionOf(kind), { lineWidth: 0, aliasDuplicateObjects: false }),
  ]));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()].sort(),
  };
  return files.set('kustomization.yaml', header + stringify(kustomization));
}

function definitionOf(legacy: LegacyKind): object {
  const { kind, plural, dialects, spec } = legacy;
  const { text, columns = [] } = described[kind as keyof LegacyKinds];
  // All versions have one schema, since what is written in one is read in another as it is.
  const schema = structuralSchema(spec('v3alpha1', 'unknown'));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${legacyGroup}` },
    spec: {
      group: legacyGroup,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ['ambassador-crds'],
      },
      conversion: { strategy: 'None' },
      versions: dialects.filter((dialect) => dialect !== 'v0').map((dialect) => ({
        name: dialect,
        served: true,
        storage: dialect === 'v3alpha1',
        additionalPrinterColumns: [...columns, column('Age', '.metadata.creationTimestamp', 'date')],
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            description: text,
            type: 'object',
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: kind === 'Mapping' && dialect !== 'v3alpha1' ? forAnyHost(schema) : schema,
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      })),
    },
  };
}

/** A Mapping of v1 or v2 without a host is for all, one of v3alpha1 for none: what is stored must tell them apart. */
function forAnyHost(schema: OpenAPISchema): OpenAPISchema {
  return {
    ...schema,
    properties: { ...schema.properties, host: { ...schema.properties?.host, default: '*' } },
  };
}

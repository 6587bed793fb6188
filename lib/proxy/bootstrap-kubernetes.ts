import { isIP } from 'node:net';
import type { ClusterJson } from '../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { CertificateValidationContextJson } from '../envoy/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts';
import type {
  SdsSecretConfigJson,
  SecretJson,
} from '../envoy/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import type {
  CommonTlsContextJson,
  UpstreamTlsContextJson,
} from '../envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { type HealthOptions, healthParts } from './bootstrap-health.ts';
import {
  type Address,
  address,
  any,
  type BootstrapJson,
  commonBootstrap,
  http2Options,
  type Limits,
  XDS_CLUSTER,
} from './bootstrap-parts.ts';

export interface KubernetesBootstrapOptions extends Limits, Pick<HealthOptions, 'health' | 'drain'> {
  /** The fleet whose configuration the proxy gets: the Gateway's `namespace/name`. The server does not take its word. */
  readonly fleet: string;
  /** Name of the proxy among all of the fleet. Absent: it is started with `--service-node`. */
  readonly node?: string;
  readonly xds: XdsServer;
  readonly credentials: Credentials;
  /** Sockets inside the proxy; those of a Pod of its own unless told. */
  readonly sockets?: Pick<HealthOptions, 'admin' | 'pause'>;
}

export interface XdsServer {
  /** An IP address, or a name that DNS knows. */
  readonly host: string;
  readonly port: number;
  /** What the server's certificate must have among its DNS names, wherever the server is. */
  readonly name: string;
}

/** The proxy's certificate, its key and what it trusts: files that may be replaced while it runs, or PEM texts. */
export type Credentials = FileCredentials | InlineCredentials;

export interface FileCredentials {
  /** Holds `tls.crt`, `tls.key` and `ca.crt`, replaced together as Kubernetes does it with a volume. */
  readonly directory: string;
  /** Where the files of `secretFiles` are. */
  readonly secrets: string;
}

export interface InlineCredentials {
  readonly certificate: string;
  readonly key: string;
  /** Authorities that the server's certificate may be signed by. */
  readonly trust: string;
}

/**
 * Sockets without files, which only the Pod's own network namespace has: a file would be in the way of a container that is
 * started again after a crash.
 */
export const POD_SOCKETS = '@dragoman/';
const SOCKETS: { readonly admin: Address; readonly pause: Address } = {
  admin: { path: `${POD_SOCKETS}admin` },
  pause: { path: `${POD_SOCKETS}pause` },
};

/** The configuration that the Envoys of a Gateway in Kubernetes start with. */
export function kubernetesBootstrap(options: KubernetesBootstrapOptions): BootstrapJson {
  const { fleet, node, xds, credentials, health, drain, sockets = SOCKETS, ...limits } = options;
  const common = commonBootstrap({
    ...limits,
    admin: sockets.admin,
    xds: xdsCluster(xds, credentials),
  });
  const { listeners, clusters } = healthParts({ health, drain, ...sockets });
  return {
    node: { cluster: fleet, ...(node === undefined ? {} : { id: node }) },
    ...common,
    staticResources: {
      listeners: [...listeners],
      clusters: [...common.staticResources?.clusters ?? [], ...clusters],
    },
  };
}

const CERTIFICATE = 'xds-certificate';
const TRUST = 'xds-trust';

/** Files that tell a proxy where its credentials are, by name: by them it learns of replaced ones. */
export function secretFiles({ directory }: Pick<FileCredentials, 'directory'>): Record<string, string> {
  const watchedDirectory = { path: directory };
  const file = (name: string) => ({ filename: `${directory}/${name}` });
  return {
    [`${CERTIFICATE}.json`]: secretFile({
      name: CERTIFICATE,
      tlsCertificate: { certificateChain: file('tls.crt'), privateKey: file('tls.key'), watchedDirectory },
    }),
    [`${TRUST}.json`]: secretFile({
      name: TRUST,
      validationContext: { trustedCa: file('ca.crt'), watchedDirectory },
    }),
  };
}

function secretFile(secret: SecretJson): string {
  return JSON.stringify({ resources: [any('envoy.extensions.transport_sockets.tls.v3.Secret', secret)] });
}

/** The static cluster of the xDS server. */
export function xdsCluster({ host, port, name }: XdsServer, credentials: Credentials): ClusterJson {
  return {
    name: XDS_CLUSTER,
    connectTimeout: '5s',
    ...(isIP(host) === 0 ? BY_DNS : { type: 'STATIC' }),
    loadAssignment: {
      clusterName: XDS_CLUSTER,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: address({ host, port }) } }] }],
    },
    transportSocket: {
      name: 'envoy.transport_sockets.tls',
      typedConfig: any<UpstreamTlsContextJson>(
        'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        { sni: name, commonTlsContext: tlsContext(name, credentials) },
      ),
    },
    typedExtensionProtocolOptions: http2Options(),
  };
}

/** A name that is not there yet, or leads elsewhere now, is asked for again soon. */
const BY_DNS = {
  type: 'STRICT_DNS',
  dnsLookupFamily: 'ALL',
  dnsRefreshRate: '5s',
  dnsFailureRefreshRate: { baseInterval: '0.5s', maxInterval: '2s' },
} as const;

function tlsContext(name: string, credentials: Credentials): CommonTlsContextJson {
  const expected: CertificateValidationContextJson = {
    matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact: name } }],
  };
  const common: CommonTlsContextJson = {
    alpnProtocols: ['h2'],
    tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3', tlsMaximumProtocolVersion: 'TLSv1_3' },
  };
  if ('secrets' in credentials) {
    return {
      ...common,
      tlsCertificateSdsSecretConfigs: [fromFile(CERTIFICATE, credentials)],
      combinedValidationContext: {
        defaultValidationContext: expected,
        validationContextSdsSecretConfig: fromFile(TRUST, credentials),
      },
    };
  }
  const { certificate, key, trust } = credentials;
  return {
    ...common,
    tlsCertificates: [{
      certificateChain: { inlineString: certificate },
      privateKey: { inlineString: key },
    }],
    validationContext: { ...expected, trustedCa: { inlineString: trust } },
  };
}

function fromFile(name: string, { secrets }: FileCredentials): SdsSecretConfigJson {
  const path = `${secrets}/${name}.json`;
  return { name, sdsConfig: { pathConfigSource: { path }, resourceApiVersion: 'V3' } };
}

import type { ClusterJson } from '../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { UpstreamTlsContextJson } from '../envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { healthListenerName } from './bootstrap-health.ts';
import { type InlineCredentials, POD_SOCKETS, xdsCluster } from './bootstrap-kubernetes.ts';
import { address, type BootstrapJson, XDS_CLUSTER } from './bootstrap-parts.ts';

export interface ByHandOptions {
  readonly credentials: InlineCredentials;
  /** Name of the proxy among all of the Gateway. */
  readonly node: string;
  /** Where the xDS server is, if not where the Gateway's Pods find it. */
  readonly xds?: HostPort | undefined;
  /** Where health is answered, if not where Pods do. */
  readonly health?: HostPort | undefined;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * The bootstrap of a Gateway's Pods for an Envoy outside of them, without files: with its certificate inside, and with sockets
 * of its own, so that several run on one machine. Throws for what is no bootstrap of a Pod.
 */
export function byHand(bootstrap: BootstrapJson, options: ByHandOptions): BootstrapJson {
  const { node, health } = options;
  const prefix = `${POD_SOCKETS}${bootstrap.node?.cluster}/${node}/`;
  const { listeners = [], clusters = [], ...rest } = bootstrap.staticResources ?? {};
  const outside: BootstrapJson = {
    ...bootstrap,
    node: { ...bootstrap.node, id: node },
    staticResources: {
      ...rest,
      listeners: listeners.map((listener) =>
        listener.name === healthListenerName && health !== undefined
          ? { ...listener, address: address(health) }
          : listener
      ),
      clusters: clusters.map((cluster) =>
        cluster.name === XDS_CLUSTER ? withInline(cluster, options) : cluster
      ),
    },
  };
  return renamed(outside, prefix) as BootstrapJson;
}

function withInline(cluster: ClusterJson, { xds, credentials }: ByHandOptions): ClusterJson {
  const { sni } = (cluster.transportSocket?.typedConfig ?? {}) as UpstreamTlsContextJson;
  const [place] = cluster.loadAssignment?.endpoints?.[0]?.lbEndpoints ?? [];
  const { address: host, portValue: port } = place?.endpoint?.address?.socketAddress ?? {};
  if (sni === undefined || host === undefined || port === undefined) {
    throw new Error('the bootstrap does not say where the xDS server is');
  }
  return xdsCluster({ name: sni, ...xds ?? { host, port } }, credentials);
}

/** With other sockets in the place of a Pod's own. */
function renamed(value: unknown, prefix: string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, prefix));
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' && value.startsWith(POD_SOCKETS)
      ? prefix + value.slice(POD_SOCKETS.length)
      : value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, renamed(inner, prefix)]));
}

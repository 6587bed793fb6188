import type { ClusterJson } from '../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import {
  type Address,
  address,
  type BootstrapJson,
  commonBootstrap,
  http2Options,
  type Limits,
  XDS_CLUSTER,
} from './bootstrap-parts.ts';

export interface BootstrapOptions extends Limits {
  /** Name of this Envoy among all, and of the fleet whose configuration it gets. */
  readonly node: { readonly id: string; readonly cluster: string };
  /** Where the admin interface listens: it has no authentication, so a Unix socket or loopback. Port 0 picks one. */
  readonly admin: Address;
  /** Where the delta ADS server listens, in plain HTTP/2. */
  readonly xds: Address;
}

/** The configuration that an Envoy on the controller's machine starts with. */
export function bootstrap({ node, xds, ...common }: BootstrapOptions): BootstrapJson {
  return {
    node: { id: node.id, cluster: node.cluster },
    ...commonBootstrap({ ...common, xds: xdsCluster(xds) }),
  };
}

function xdsCluster(xds: Address): ClusterJson {
  return {
    name: XDS_CLUSTER,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: {
      clusterName: XDS_CLUSTER,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: address(xds) } }] }],
    },
    typedExtensionProtocolOptions: http2Options(),
  };
}

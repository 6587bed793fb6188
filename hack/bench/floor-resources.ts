/** The resources of the floor: the leanest that serve the same as the controller's. */

import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, DurationSchema } from '@bufbuild/protobuf/wkt';
import { HeaderValueOption_HeaderAppendAction as Append } from '../../lib/envoy/gen/envoy/config/core/v3/base_pb.ts';
import { ApiVersion } from '../../lib/envoy/gen/envoy/config/core/v3/config_source_pb.ts';
import {
  Cluster_DiscoveryType,
  ClusterSchema,
} from '../../lib/envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { Address } from '../../lib/envoy/gen/envoy/config/core/v3/address_pb.ts';
import { AddressSchema } from '../../lib/envoy/gen/envoy/config/core/v3/address_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../lib/envoy/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../lib/envoy/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../lib/envoy/gen/envoy/config/route/v3/route_pb.ts';
import {
  RouteSchema,
  VirtualHostSchema,
} from '../../lib/envoy/gen/envoy/config/route/v3/route_components_pb.ts';
import { RouterSchema } from '../../lib/envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpConnectionManagerSchema } from '../../lib/envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';

/** Name of the one RouteConfiguration. */
export const ROUTE_CONFIGURATION = 'bench';

const ads = {
  resourceApiVersion: ApiVersion.V3,
  configSourceSpecifier: { case: 'ads' as const, value: {} },
};

export interface LeanRoute {
  readonly path: string;
  readonly cluster: string;
  /** Value of the response header `x-revision`; absent for none. */
  readonly revision?: number | undefined;
}

export function leanRoute({ path, cluster, revision }: LeanRoute): Uint8Array {
  return toBinary(
    RouteSchema,
    create(RouteSchema, {
      match: {
        pathSpecifier: path === '/'
          ? { case: 'prefix', value: path }
          : { case: 'pathSeparatedPrefix', value: path },
      },
      action: {
        case: 'route',
        value: { clusterSpecifier: { case: 'cluster', value: cluster }, timeout: create(DurationSchema) },
      },
      responseHeadersToAdd: revision === undefined ? [] : [{
        header: { key: 'x-revision', value: String(revision) },
        appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
      }],
    }),
  );
}

/** A virtual host of routes that are encoded already. */
export function leanVirtualHost(host: string, routes: readonly Uint8Array[]): Uint8Array {
  const head = toBinary(VirtualHostSchema, create(VirtualHostSchema, { name: host, domains: [host] }));
  return joined(head, VirtualHostSchema.field.routes.number, routes);
}

/** Of virtual hosts that are encoded already; without any, they come by VHDS. */
export function leanRouteConfiguration(hosts?: readonly Uint8Array[]): Uint8Array {
  const head = toBinary(
    RouteConfigurationSchema,
    create(RouteConfigurationSchema, {
      name: ROUTE_CONFIGURATION,
      ignorePortInHostMatching: true,
      ...(hosts === undefined ? { vhds: { configSource: ads } } : {}),
    }),
  );
  return joined(head, RouteConfigurationSchema.field.virtualHosts.number, hosts ?? []);
}

export function leanCluster(name: string): Uint8Array {
  return toBinary(
    ClusterSchema,
    create(ClusterSchema, {
      name,
      clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
      edsClusterConfig: { edsConfig: ads },
    }),
  );
}

export function leanEndpoints(cluster: string, port: number): Uint8Array {
  return toBinary(
    ClusterLoadAssignmentSchema,
    create(ClusterLoadAssignmentSchema, {
      clusterName: cluster,
      endpoints: [{
        lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address: loopback(port) } } }],
      }],
    }),
  );
}

export function leanListener(port: number): Uint8Array {
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix: 'http',
    routeSpecifier: { case: 'rds', value: { configSource: ads, routeConfigName: ROUTE_CONFIGURATION } },
    httpFilters: [{
      name: 'envoy.filters.http.router',
      configType: { case: 'typedConfig', value: anyPack(RouterSchema, create(RouterSchema)) },
    }],
  });
  return toBinary(
    ListenerSchema,
    create(ListenerSchema, {
      name: 'http',
      address: loopback(port),
      filterChains: [{
        filters: [{
          name: 'envoy.filters.network.http_connection_manager',
          configType: { case: 'typedConfig', value: anyPack(HttpConnectionManagerSchema, manager) },
        }],
      }],
    }),
  );
}

function loopback(port: number): Address {
  return create(AddressSchema, {
    address: {
      case: 'socketAddress',
      value: { address: '127.0.0.1', portSpecifier: { case: 'portValue', value: port } },
    },
  });
}

/** `head` with encoded messages added to a repeated field. */
function joined(head: Uint8Array, field: number, messages: readonly Uint8Array[]): Uint8Array {
  const parts = [head];
  for (const message of messages) parts.push(tag(field, message.length), message);
  return Buffer.concat(parts);
}

/** Tag and length of a length-delimited field. */
function tag(field: number, length: number): Uint8Array {
  const bytes = [field << 3 | 2];
  for (let rest = length;; rest >>>= 7) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push(rest & 127 | 128);
  }
}

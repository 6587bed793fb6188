import type { BootstrapJson } from '../envoy/gen/envoy/config/bootstrap/v3/bootstrap_pb.ts';
import type { ClusterJson } from '../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { AddressJson } from '../envoy/gen/envoy/config/core/v3/address_pb.ts';
import type { ConfigSourceJson } from '../envoy/gen/envoy/config/core/v3/config_source_pb.ts';
import type { StatsConfigJson } from '../envoy/gen/envoy/config/metrics/v3/stats_pb.ts';
import type { OverloadManagerJson } from '../envoy/gen/envoy/config/overload/v3/overload_pb.ts';
import type { FixedHeapConfigJson } from '../envoy/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts';
import type { DownstreamConnectionsConfigJson } from '../envoy/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.ts';
import type { HttpProtocolOptionsJson } from '../envoy/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import { UNREAD_CLUSTER_STATS } from '../model/cluster-stats.ts';

export type { BootstrapJson };

/** A Unix domain socket by its path (`@name` for one without a file), or an address and port. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Name of the static cluster that leads to the xDS server. */
export const XDS_CLUSTER = 'xds';

export interface Limits {
  /** Downstream connections beyond this are refused at once; 50,000 unless told. */
  readonly maxConnections?: number;
  /** Heap size in bytes at which Envoy sheds load; unlimited unless told. */
  readonly maxHeapBytes?: number;
}

export interface CommonOptions extends Limits {
  /** Where the admin interface listens: it has no authentication, so a Unix socket or loopback. Port 0 picks one. */
  readonly admin: Address;
  /** Cluster `XDS_CLUSTER`. */
  readonly xds: ClusterJson;
}

/**
 * What every bootstrap has: listeners and clusters by delta ADS, and the limits that protect the process. Until the first
 * answer Envoy is not live, however long that takes.
 */
export function commonBootstrap({ admin, xds, ...limits }: CommonOptions): BootstrapJson {
  return {
    admin: { address: address(admin) },
    dynamicResources: {
      adsConfig: {
        apiType: 'DELTA_GRPC',
        transportApiVersion: 'V3',
        setNodeOnFirstMessageOnly: true,
        grpcServices: [{
          envoyGrpc: {
            clusterName: XDS_CLUSTER,
            // A restarted controller is found within a second, a missing one is not hammered.
            retryPolicy: { retryBackOff: { baseInterval: '0.1s', maxInterval: '0.5s' } },
          },
        }],
      },
      cdsConfig: fromAds(),
      ldsConfig: fromAds(),
    },
    staticResources: { clusters: [xds] },
    layeredRuntime: {
      layers: [{
        name: 'static',
        staticLayer: {
          // Envoy's own limit of 100 would refuse ordinary regexes; the controller checks them before it sends them.
          're2.max_program_size.error_level': 4294967295,
        },
      }],
    },
    overloadManager: overloadManager(limits),
    statsConfig: statsConfig(),
    // Counted when the admin interface is asked, not every five seconds: nothing here pushes stats.
    statsFlushOnAdmin: true,
    deferredStatOptions: { enableDeferredCreationStats: true },
  };
}

function fromAds(): ConfigSourceJson {
  return { ads: {}, resourceApiVersion: 'V3', initialFetchTimeout: '0s' };
}

/** HTTP/2 to an upstream cluster, with pings that find a peer that is gone. */
export function http2Options(): NonNullable<ClusterJson['typedExtensionProtocolOptions']> {
  return {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any<HttpProtocolOptionsJson>(
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        explicitHttpConfig: {
          http2ProtocolOptions: { connectionKeepalive: { interval: '10s', timeout: '5s' } },
        },
      },
    ),
  };
}

/** The limits of Envoy's advice for edge proxies. */
function overloadManager({ maxConnections = 50_000, maxHeapBytes }: Limits): OverloadManagerJson {
  const connections = {
    name: 'envoy.resource_monitors.global_downstream_max_connections',
    typedConfig: any<DownstreamConnectionsConfigJson>(
      'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
      { maxActiveDownstreamConnections: String(maxConnections) },
    ),
  };
  if (maxHeapBytes === undefined) return { refreshInterval: '0.25s', resourceMonitors: [connections] };
  const heap = 'envoy.resource_monitors.fixed_heap';
  return {
    refreshInterval: '0.25s',
    resourceMonitors: [connections, {
      name: heap,
      typedConfig: any<FixedHeapConfigJson>(
        'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
        {
          maxHeapSizeBytes: String(maxHeapBytes),
        },
      ),
    }],
    actions: [
      { name: 'envoy.overload_actions.shrink_heap', triggers: [{ name: heap, threshold: { value: 0.9 } }] },
      {
        name: 'envoy.overload_actions.disable_http_keepalive',
        triggers: [{ name: heap, threshold: { value: 0.95 } }],
      },
      {
        name: 'envoy.overload_actions.stop_accepting_requests',
        triggers: [{ name: heap, threshold: { value: 0.98 } }],
      },
    ],
  };
}

function statsConfig(): StatsConfigJson {
  return { statsMatcher: { exclusionList: { patterns: [{ safeRegex: { regex: UNREAD_CLUSTER_STATS } }] } } };
}

/** As Envoy has it. `::` stands for all addresses of both families. */
export function address(of: Address): AddressJson {
  if ('path' in of) return { pipe: { path: of.path } };
  const { host, port } = of;
  return {
    socketAddress: { address: host, portValue: port, ...(host === '::' ? { ipv4Compat: true } : {}) },
  };
}

/** A message of a known type inside `google.protobuf.Any`. */
export function any<Message extends object>(type: string, message: Message): { '@type': string } & Message {
  return { '@type': `type.googleapis.com/${type}`, ...message };
}

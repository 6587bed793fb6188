import { create } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { Cluster } from '../model/mod.ts';
import { socketAddress } from './address.ts';
import { ads } from './ads.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import {
  type Cluster as EnvoyCluster,
  Cluster_DiscoveryType as Discovery,
  Cluster_EdsClusterConfigSchema,
  ClusterSchema,
} from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from './gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { HttpProtocolOptionsSchema } from './gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';
import { upstreamTls } from './tls.ts';

/** The key under which a cluster says how it speaks HTTP. */
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** ms */
const CONNECT_TIMEOUT = 5_000;

/** Per endpoint and cluster; high enough to protect Envoy, not the backend, until a policy says otherwise. */
const LIMIT = 1_000_000;

/** Bytes buffered for one connection, as Envoy's advice for edge proxies has it. */
const BUFFER_LIMIT = 32 * 1024;

/** A Service port with its TLS settings. The endpoints come apart, so that they change without touching it. */
export function encodeCluster(cluster: Cluster): Resource {
  const { key, protocol, tls } = cluster;
  const message = create(ClusterSchema, {
    name: key,
    connectTimeout: duration(CONNECT_TIMEOUT),
    perConnectionBufferLimitBytes: BUFFER_LIMIT,
    circuitBreakers: {
      thresholds: [{
        maxConnections: LIMIT,
        maxPendingRequests: LIMIT,
        maxRequests: LIMIT,
        maxRetries: LIMIT,
      }],
    },
    // All endpoints but one down still means that one is right; Envoy would otherwise try the others.
    commonLbConfig: { healthyPanicThreshold: { value: 0 } },
    ignoreHealthOnHostRemoval: true,
  });
  discover(message, cluster);
  if (tls !== undefined) message.transportSocket = upstreamTls(tls, protocol === 'http2' ? ['h2'] : []);
  if (protocol === 'http2') message.typedExtensionProtocolOptions[HTTP_OPTIONS] = http2();
  return seal(ClusterSchema, message, { type: 'Cluster', name: key });
}

/** In place of a cluster that Envoy refused: it has no endpoints, so requests are answered 503. */
export function encodeEmptyCluster(name: string): Resource {
  return seal(
    ClusterSchema,
    create(ClusterSchema, {
      name,
      clusterDiscoveryType: { case: 'type', value: Discovery.STATIC },
      loadAssignment: { clusterName: name },
    }),
    { type: 'Cluster', name },
  );
}

function discover(message: EnvoyCluster, { key, discovery }: Cluster): void {
  if (discovery.type !== 'hostname') {
    message.clusterDiscoveryType = { case: 'type', value: Discovery.EDS };
    message.edsClusterConfig = create(Cluster_EdsClusterConfigSchema, { edsConfig: ads() });
    return;
  }
  message.clusterDiscoveryType = { case: 'type', value: Discovery.STRICT_DNS };
  // A name that does not resolve must not hold back the start of everything else.
  message.waitForWarmOnInit = false;
  const address = socketAddress(discovery.hostname, discovery.port);
  message.loadAssignment = create(ClusterLoadAssignmentSchema, {
    clusterName: key,
    endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }],
  });
}

function http2(): Any {
  return any(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: 'explicitHttpConfig',
      value: {
        protocolConfig: {
          case: 'http2ProtocolOptions',
          value: { initialStreamWindowSize: 64 * 1024, initialConnectionWindowSize: 1024 * 1024 },
        },
      },
    },
  });
}

import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import {
  type Cluster,
  type HostnameDiscovery,
  type RetryBudget,
  UNREAD_CLUSTER_STATS,
} from '../model/mod.ts';
import { socketAddress } from './address.ts';
import { ads } from './ads.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import {
  type Cluster as EnvoyCluster,
  Cluster_DiscoveryType as Discovery,
  Cluster_DnsLookupFamily as LookupFamily,
  ClusterSchema,
} from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { CircuitBreakers_Thresholds_RetryBudgetSchema as RetryBudgetSchema } from './gen/envoy/config/cluster/v3/circuit_breaker_pb.ts';
import { StatsMatcherSchema } from './gen/envoy/config/metrics/v3/stats_pb.ts';
import { ClusterLoadAssignmentSchema } from './gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { HttpProtocolOptionsSchema } from './gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import { applySettings } from './cluster-settings.ts';
import type { HttpProtocolOptionsSchema as CommonOptionsSchema } from './gen/envoy/config/core/v3/protocol_pb.ts';
import { upstreamProxyProtocol } from './proxy-protocol.ts';
import type { Resource } from './resource.ts';
import { seal, sealBytes } from './seal.ts';
import { upstreamTls } from './tls.ts';
import { encode, field } from './wire.ts';

/** The key under which a cluster says how it speaks HTTP. */
export const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** ms */
const CONNECT_TIMEOUT = 5_000;

/** Per endpoint and cluster; high enough to protect Envoy, not the backend, until a policy says otherwise. */
const LIMIT = 1_000_000;

/** Bytes buffered for one connection, as Envoy's advice for edge proxies has it. */
const BUFFER_LIMIT = 32 * 1024;

/** A Service port with its TLS settings. The endpoints come apart, so that they change without touching it. */
export function encodeCluster(cluster: Cluster): Resource {
  const { key, protocol, discovery, tls, proxyProtocol, retryBudget, settings } = cluster;
  const isPlain = discovery.type !== 'hostname' && tls === undefined && proxyProtocol === undefined &&
    retryBudget === undefined && settings === undefined;
  // A message without a name after one with nothing else is the message of both.
  const bytes = encode([
    field(NAME, key),
    isPlain ? plainSettings(protocol) : encodeSettings(cluster),
    ...(protocol === 'http2' ? [field(STATS_MATCHER, boundedStats(key))] : []),
  ]);
  return sealBytes(bytes, { type: 'Cluster', name: key });
}

/** `Cluster.name` */
const NAME = 1;

/** `Cluster.stats_matcher` */
const STATS_MATCHER = 61;

/**
 * For gRPC-Web, Envoy counts calls by their paths, which clients make up, and never forgets one. A prefix is the one kind of
 * matcher whose matches it does not remember either. This takes the place of the bootstrap's matcher.
 */
function boundedStats(key: string): Uint8Array {
  const patterns = [
    { matchPattern: { case: 'prefix', value: `cluster.${key}.grpc-web.` } },
    { matchPattern: { case: 'safeRegex', value: { regex: UNREAD_CLUSTER_STATS } } },
  ] as const;
  return toBinary(
    StatsMatcherSchema,
    create(StatsMatcherSchema, {
      statsMatcher: { case: 'exclusionList', value: { patterns: [...patterns] } },
    }),
  );
}

const plain = new Map<Cluster['protocol'], Uint8Array>();

/** What clusters have that differ in nothing but their names, as most do; encoded once. */
function plainSettings(protocol: Cluster['protocol']): Uint8Array {
  let bytes = plain.get(protocol);
  if (bytes === undefined) plain.set(protocol, bytes = toBinary(ClusterSchema, plainMessage(protocol)));
  return bytes;
}

function plainMessage(protocol: Cluster['protocol']): EnvoyCluster {
  return create(ClusterSchema, {
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
    clusterDiscoveryType: { case: 'type', value: Discovery.EDS },
    edsClusterConfig: { edsConfig: ads() },
    ...(protocol === 'http2' ? { typedExtensionProtocolOptions: { [HTTP_OPTIONS]: http2() } } : {}),
  });
}

/** All but the name. */
function encodeSettings(cluster: Cluster): Uint8Array {
  const { key, protocol, discovery, tls, proxyProtocol, retryBudget, settings } = cluster;
  const message = plainMessage(protocol);
  if (retryBudget !== undefined) limitRetries(message, retryBudget);
  if (discovery.type === 'hostname') resolve(message, { key, discovery });
  if (tls !== undefined) message.transportSocket = upstreamTls(tls, protocol === 'http2' ? ['h2'] : []);
  if (proxyProtocol !== undefined) {
    message.transportSocket = upstreamProxyProtocol(proxyProtocol, message.transportSocket);
  }
  if (settings !== undefined) applySettings(message, { settings, protocol });
  return toBinary(ClusterSchema, message);
}

/** With a budget, Envoy ignores any other limit of retries. */
function limitRetries(message: EnvoyCluster, { percent, interval, minConcurrent }: RetryBudget): void {
  const [thresholds] = message.circuitBreakers?.thresholds ?? [];
  if (thresholds === undefined) return;
  thresholds.retryBudget = create(RetryBudgetSchema, {
    budgetPercent: { value: percent },
    budgetInterval: duration(interval),
    minRetryConcurrency: minConcurrent,
  });
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

interface Resolved {
  readonly key: string;
  readonly discovery: HostnameDiscovery;
}

function resolve(message: EnvoyCluster, { key, discovery }: Resolved): void {
  delete message.edsClusterConfig;
  const { more = [] } = discovery;
  message.clusterDiscoveryType = {
    case: 'type',
    // One name is resolved as the settings say, if they say; of several all are used.
    value: more.length === 0 ? Discovery.LOGICAL_DNS : Discovery.STRICT_DNS,
  };
  // Connections try both families, as not every network has both.
  message.dnsLookupFamily = LookupFamily.ALL;
  // A name that does not resolve must not hold back the start of everything else.
  message.waitForWarmOnInit = false;
  message.loadAssignment = create(ClusterLoadAssignmentSchema, {
    clusterName: key,
    endpoints: [{
      lbEndpoints: [discovery, ...more].map(({ hostname, port }) => ({
        hostIdentifier: { case: 'endpoint' as const, value: { address: socketAddress(hostname, port) } },
      })),
    }],
  });
}

export function httpOptions(
  protocol: Cluster['protocol'],
  common: MessageInitShape<typeof CommonOptionsSchema> = {},
): Any {
  return protocol === 'http2' ? http2(common) : any(HttpProtocolOptionsSchema, {
    commonHttpProtocolOptions: common,
    upstreamProtocolOptions: {
      case: 'explicitHttpConfig',
      value: { protocolConfig: { case: 'httpProtocolOptions', value: {} } },
    },
  });
}

function http2(common?: MessageInitShape<typeof CommonOptionsSchema>): Any {
  return any(HttpProtocolOptionsSchema, {
    ...(common === undefined ? {} : { commonHttpProtocolOptions: common }),
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

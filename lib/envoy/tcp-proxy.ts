import { create } from '@bufbuild/protobuf';
import type { TcpHandler, TcpProxy as ModelProxy } from '../model/mod.ts';
import { accessLogs } from './access-log.ts';
import { ads } from './ads.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { TypedExtensionConfigSchema } from './gen/envoy/config/core/v3/extension_pb.ts';
import { type Filter, FilterSchema } from './gen/envoy/config/listener/v3/listener_components_pb.ts';
import {
  type TcpProxy,
  TcpProxy_WeightedClusterSchema,
  TcpProxySchema,
} from './gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** A connection without a byte in either direction is closed after so many ms. */
const IDLE_TIMEOUT = 60 * 60_000;

/** Endpoints that a connection tries, one after the other: none has got a byte of it before it is connected. */
const CONNECT_ATTEMPTS = 3;

/** No cluster has this name: theirs have slashes. Envoy closes what it should send there. */
const NOWHERE = 'nowhere';

/** The filter of a chain whose TcpProxy comes by ECDS. Connections keep the one that they began with. */
export function tcpProxyFilter({ proxy }: TcpHandler): Filter {
  return create(FilterSchema, {
    // Names the resource as well.
    name: proxy,
    configType: {
      case: 'configDiscovery',
      value: {
        configSource: ads(),
        typeUrls: [`type.googleapis.com/${TcpProxySchema.typeName}`],
      },
    },
  });
}

export function encodeTcpProxy(proxy: ModelProxy): Resource {
  const { key: name, backends } = proxy;
  const clusters = new Set([
    ...backends.filter(({ weight }) => weight > 0).flatMap(({ cluster }) => cluster ?? []),
    ...(proxy.logs ?? []).map(({ cluster }) => cluster),
  ]);
  const message = create(TypedExtensionConfigSchema, {
    name,
    typedConfig: any(TcpProxySchema, {
      statPrefix: 'tcp',
      clusterSpecifier: clusterSpecifier(backends),
      idleTimeout: duration(proxy.idleTimeout ?? IDLE_TIMEOUT),
      maxConnectAttempts: CONNECT_ATTEMPTS,
      accessLog: accessLogs('tcp', proxy),
    }),
  });
  const needs = [...clusters].sort().map((cluster) => `Cluster|${cluster}`);
  return seal(TypedExtensionConfigSchema, message, { type: 'TypedExtensionConfig', name, needs });
}

/** In place of a TcpProxy that Envoy refused: it closes every connection. */
export function encodeClosedTcpProxy({ key, fleet }: ModelProxy): Resource {
  return encodeTcpProxy({ key, fleet, backends: [] });
}

function clusterSpecifier(backends: ModelProxy['backends']): NonNullable<TcpProxy['clusterSpecifier']> {
  const used = backends.filter(({ weight }) => weight > 0).map(({ cluster = NOWHERE, weight }) => ({
    name: cluster,
    weight,
  }));
  const [first] = used;
  if (first === undefined || used.length === 1) {
    return { case: 'cluster', value: first?.name ?? NOWHERE };
  }
  return { case: 'weightedClusters', value: create(TcpProxy_WeightedClusterSchema, { clusters: used }) };
}

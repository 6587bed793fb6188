import { create, toBinary } from '@bufbuild/protobuf';
import type { FilterChain as ModelChain, Listener, UdpHandler } from '../model/mod.ts';
import { socketAddress } from './address.ts';
import { typedConfig } from './any.ts';
import { duration } from './duration.ts';
import {
  type FilterChain,
  FilterChainSchema,
  type ListenerFilter,
  ListenerFilterSchema,
} from './gen/envoy/config/listener/v3/listener_components_pb.ts';
import { ListenerSchema } from './gen/envoy/config/listener/v3/listener_pb.ts';
import { TlsInspectorSchema } from './gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { ConfigSchema as DirectResponseSchema } from './gen/envoy/extensions/filters/network/direct_response/v3/config_pb.ts';
import { httpConnectionManager } from './http-connection-manager.ts';
import { proxyProtocol } from './proxy-protocol.ts';
import type { Resource } from './resource.ts';
import { hashOf, seal } from './seal.ts';
import { tcpProxyFilter } from './tcp-proxy.ts';
import { downstreamQuic, downstreamTls } from './tls.ts';
import { MAX_DATAGRAM, udpProxy } from './udp-proxy.ts';
import type { Refused } from './virtual-host.ts';

/** Bytes buffered for one connection, and ms that its first bytes may take, as Envoy's advice for edge proxies has them. */
const BUFFER_LIMIT = 32 * 1024;
const LISTENER_FILTERS_TIMEOUT = 15_000;

/**
 * One bound port. Its listener filters stay the same, so edits change filter chains alone, which Envoy applies in place. Chains that Envoy refused are left out; a listener that has none left closes every connection.
 */
export function encodeListener(listener: Listener, refused: Refused = () => false): Resource {
  if (listener.udp !== undefined) return encodeUdpListener(listener, listener.udp);
  if (listener.quic === true) return encodeQuicListener(listener);
  const chains = listener.chains.flatMap((chain) => taken(chain, refused));
  const resource = assemble(listener, chains);
  return refused(resource.version) ? assemble(listener, []) : resource;
}

/** What Envoy takes of a chain: it goes without spans and logs rather than not at all, since nobody is kept out by those. */
function taken(chain: ModelChain, refused: Refused): readonly EncodedChain[] {
  const whole = encodeChain(chain);
  if (!refused(whole.hash)) return [whole];
  const { handler } = chain;
  if (handler.type !== 'http' || (handler.tracing ?? handler.logs) === undefined) return [];
  const { tracing: _, logs: __, ...silent } = handler;
  const rest = encodeChain({ ...chain, handler: silent });
  return refused(rest.hash) ? [] : [rest];
}

/** Nothing in it but its address can be wrong, so nothing is put in place of one that Envoy refuses. */
function encodeUdpListener({ key, address, bindPort }: Listener, udp: UdpHandler): Resource {
  const message = create(ListenerSchema, {
    name: key,
    statPrefix: key,
    address: socketAddress(address, bindPort, 'udp'),
    udpListenerConfig: { downstreamSocketConfig: { maxRxDatagramSize: BigInt(MAX_DATAGRAM) } },
    listenerFilters: [udpProxy(udp)],
  });
  return seal(ListenerSchema, message, { type: 'Listener', name: key, needs: [`Cluster|${udp.cluster}`] });
}

/**
 * HTTP/3. Nothing is put in place of one that Envoy refuses, since the same is served without it. It has no parts to blame:
 * what is wrong is most likely its port.
 */
function encodeQuicListener({ key, address, bindPort, chains }: Listener): Resource {
  const message = create(ListenerSchema, {
    name: key,
    statPrefix: key,
    address: socketAddress(address, bindPort, 'udp'),
    perConnectionBufferLimitBytes: BUFFER_LIMIT,
    udpListenerConfig: { quicOptions: {}, downstreamSocketConfig: { preferGro: true } },
    filterChains: chains.map(quicChain),
  });
  return seal(ListenerSchema, message, { type: 'Listener', name: key, needs: collectorsOf(chains) });
}

function quicChain({ name, serverNames, tls, handler }: ModelChain): FilterChain {
  if (tls === undefined || handler.type !== 'http') throw new Error('QUIC is for HTTPS alone');
  return create(FilterChainSchema, {
    name,
    filterChainMatch: { serverNames: [...serverNames] },
    filters: [httpConnectionManager(handler, { http3: true })],
    transportSocket: downstreamQuic(tls),
  });
}

interface EncodedChain {
  readonly chain: FilterChain;
  readonly hash: string;
}

function assemble(listener: Listener, chains: readonly EncodedChain[]): Resource {
  const { key, address, bindPort, raw, proxyProtocol: mode } = listener;
  const message = create(ListenerSchema, {
    name: key,
    statPrefix: key,
    address: socketAddress(address, bindPort),
    perConnectionBufferLimitBytes: listener.bufferLimit ?? BUFFER_LIMIT,
    listenerFilters: [
      ...(mode === undefined ? [] : [proxyProtocol(mode)]),
      ...(raw === true ? [] : [tlsInspector()]),
    ],
    listenerFiltersTimeout: duration(LISTENER_FILTERS_TIMEOUT),
    filterChains: chains.length === 0 ? [closing()] : chains.map(({ chain }) => chain),
  });
  return seal(ListenerSchema, message, {
    type: 'Listener',
    name: key,
    needs: collectorsOf(listener.chains),
    parts: chains.map(({ hash, chain }) => ({ hash, source: chain.name })),
  });
}

/** A port may have thousands of chains, of which an edit changes one. */
const encodedChains = new WeakMap<ModelChain, EncodedChain>();

function encodeChain(chain: ModelChain): EncodedChain {
  const known = encodedChains.get(chain);
  if (known !== undefined) return known;
  const encoded = encodeNewChain(chain);
  encodedChains.set(chain, encoded);
  return encoded;
}

function encodeNewChain(
  { name, serverNames, tls, passthrough, transport, handler }: ModelChain,
): EncodedChain {
  const chain = create(FilterChainSchema, {
    name,
    filterChainMatch: {
      serverNames: [...serverNames],
      ...(passthrough === true || transport === 'tls' ? { transportProtocol: 'tls' } : {}),
      ...(transport === 'cleartext' ? { transportProtocol: 'raw_buffer' } : {}),
    },
    filters: [handler.type === 'http' ? httpConnectionManager(handler) : tcpProxyFilter(handler)],
  });
  if (tls !== undefined) chain.transportSocket = downstreamTls(tls);
  return { chain, hash: hashOf(toBinary(FilterChainSchema, chain)) };
}

/** Envoy takes no listener that sends spans or logs to a cluster that it does not have. */
function collectorsOf(chains: readonly ModelChain[]): readonly string[] {
  const clusters = chains.flatMap(({ handler }) => {
    if (handler.type !== 'http') return [];
    const { tracing, logs = [] } = handler;
    return [
      ...(tracing === undefined ? [] : [tracing.cluster]),
      ...logs.flatMap((log) => log.type === 'server' ? [log.cluster] : []),
    ];
  });
  return [...new Set(clusters)].sort().map((cluster) => `Cluster|${cluster}`);
}

/** Envoy takes no listener without a chain. */
function closing(): FilterChain {
  return create(FilterChainSchema, {
    name: 'closing',
    filters: [{
      name: 'envoy.filters.network.direct_response',
      configType: typedConfig(DirectResponseSchema),
    }],
  });
}

/** Always on, but for TCP ports, which share with no other protocol: adding it with the first TLS listener of a port would drain the port. */
function tlsInspector(): ListenerFilter {
  return create(ListenerFilterSchema, {
    name: 'envoy.filters.listener.tls_inspector',
    configType: typedConfig(TlsInspectorSchema),
  });
}

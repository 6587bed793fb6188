import { durationMs } from '../../lib/api/duration.ts';
import type { Bucket, Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type {
  Diagnostic,
  FilterChain,
  HttpHandler,
  Listener,
  ObjectRef,
  RouteConfig,
  Tracing,
} from '../../lib/model/mod.ts';
import { streamKey } from '../l4-route/claims.ts';
import type { Settings } from '../settings.ts';
import type { GatewayFrame } from './frame.ts';
import { type Http3, http3Of, type Http3Reads } from './http3.ts';
import type { JudgedAttached, JudgedListener } from './judge.ts';
import { bindPortOf } from './place.ts';
import { protocolOf } from './protocols.ts';
import { byRank } from './sources.ts';

/** Key of the model's Listener and RouteConfig of a port: `namespace/gateway/port`, and `/udp` after it for UDP. */
export function portKey(
  { namespace, name }: ObjectRef,
  { port, protocol }: { readonly port: number; readonly protocol: string },
): string {
  const key = `${namespace}/${name}/${port}`;
  return protocolOf(protocol)?.transport === 'udp' ? `${key}/udp` : key;
}

/** Key of the model's Listener for HTTP/3 beside one for TCP. */
export function quicKey(port: string): string {
  return `${port}/quic`;
}

/** Which listeners for HTTPS are on a port, whether or not they can serve. `key` is that of `portOf`. */
export interface HttpsShare extends Keyed {
  /** Key of the only one; absent if there are several. */
  readonly only?: string;
}

export function httpsShare({ key, members }: Bucket<JudgedAttached>): HttpsShare | undefined {
  let only: string | undefined;
  for (const { key: listener, judged: { attachable, declared } } of members) {
    if (!attachable || declared.spec.protocol !== 'HTTPS') continue;
    if (only !== undefined) return { key };
    only = listener;
  }
  return only === undefined ? undefined : { key, only };
}

/**
 * Identity of a TLS or HTTPS listener's chain that its hostnames demand, to detect misdirected requests; absent if no other
 * listener for HTTPS is on the port. One that cannot serve counts, or requests for its hostname would pass through the chains
 * of others.
 */
export function chainIdOf(
  { attachable, declared: { key, spec } }: JudgedListener,
  share: HttpsShare | undefined,
): string | undefined {
  if (share === undefined || !attachable || protocolOf(spec.protocol)?.family !== 'tls') return undefined;
  return share.only === key ? undefined : key;
}

/** What proxies bind and serve on a port. `key` is that of `portOf`. */
export interface PortResult extends Keyed {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  /** Two if there is one for HTTP/3, too; none if there is nothing to serve. */
  readonly listeners: readonly Listener[];
  readonly routeConfigs: readonly RouteConfig[];
  readonly notes: readonly Diagnostic[];
}

export interface PortReads extends Http3Reads {
  readonly frames: Collection<GatewayFrame>;
}

export function portResult(
  { key, members }: Bucket<JudgedAttached>,
  fetch: Fetch,
  reads: PortReads,
): PortResult | undefined {
  const servable = members.filter(({ judged }) => judged.servable).sort(byRank);
  const [first] = servable;
  const frame = first && fetch.one(reads.frames, first.gateway);
  if (first === undefined || frame === undefined) return undefined;
  const http3 = http3Of(servable, fetch, { ...reads, frame });
  const listeners = frame.binds === undefined
    ? []
    : portListeners(servable, { frame, address: frame.binds, settings: reads.settings, http3 });
  return {
    key,
    gateway: first.gateway,
    listeners,
    routeConfigs: routeConfigs(listeners),
    notes: http3.notes,
  };
}

interface PortContext {
  readonly frame: GatewayFrame;
  readonly address: string;
  readonly settings: Settings;
  readonly http3: Http3;
}

function portListeners(
  sharing: readonly JudgedAttached[],
  { frame, address, settings, http3 }: PortContext,
): readonly Listener[] {
  const [first] = sharing;
  if (first === undefined) return [];
  const { gateway, fleet, admission: { parameters } } = frame;
  const { key: name, spec } = first.declared;
  const key = portKey(gateway, spec);
  const listener = {
    key,
    fleet,
    gateway,
    address,
    bindPort: bindPortOf(spec.port, settings),
    port: publicPortOf(spec.port, settings),
    chains: chainsOf(sharing, { ...frame, settings }),
  };
  if (isUdp(first)) {
    const idleTimeout = durationMs(parameters.udpIdleTimeout ?? UDP_IDLE_TIMEOUT);
    return [{ ...listener, udp: { cluster: streamKey(name, undefined), idleTimeout } }];
  }
  const proxyProtocol = PROXY_PROTOCOL[parameters.proxyProtocol ?? 'None'];
  const tcp: Listener = { ...listener, ...(proxyProtocol === undefined ? {} : { proxyProtocol }) };
  if (spec.protocol === 'TCP') return [{ ...tcp, raw: true }];
  const quic = listener.chains.filter((chain) => http3.listeners.has(chain.name));
  return quic.length === 0 ? [tcp] : [tcp, { ...listener, key: quicKey(key), chains: quic, quic: true }];
}

const UDP_IDLE_TIMEOUT = '60s';

const PROXY_PROTOCOL = { Required: 'required', Optional: 'optional', None: undefined } as const;

/** The chains of a port that are there whatever its routes, in order of their names. */
function chainsOf(sharing: readonly JudgedAttached[], context: ChainContext): readonly FilterChain[] {
  const [first] = sharing;
  if (first?.declared.spec.protocol === 'HTTP') {
    const key = portKey(context.gateway, first.declared.spec);
    // All cleartext listeners of a port are one chain, since only the Host header tells them apart.
    return [{ name: key, serverNames: [], handler: handlerOf(key, context) }];
  }
  return sharing.flatMap(({ chain }) => chain ?? []).sort((a, b) => a.name < b.name ? -1 : 1);
}

export interface ChainContext {
  readonly gateway: ObjectRef;
  readonly settings: Settings;
  readonly tracing?: Tracing;
}

/** The chain of one listener that can serve; undefined for cleartext HTTP, which shares one, and for UDP. */
export function ownChain(listener: JudgedListener, context: ChainContext): FilterChain | undefined {
  const { spec } = listener.declared;
  if (spec.protocol === 'HTTP' || isUdp(listener)) return undefined;
  if (spec.protocol !== 'HTTPS') return streamChain(listener);
  return httpsChain(listener, handlerOf(portKey(context.gateway, spec), context));
}

function isUdp({ declared: { spec } }: Pick<JudgedListener, 'declared'>): boolean {
  return protocolOf(spec.protocol)?.transport === 'udp';
}

function routeConfigs(listeners: readonly Listener[]): readonly RouteConfig[] {
  const http3 = new Set(listeners.filter(({ quic }) => quic === true).map(({ port }) => port));
  return listeners.filter(({ chains, quic }) =>
    quic !== true && chains.some(({ handler }) => handler.type === 'http')
  ).map(({ key, fleet, port }) => ({
    key,
    fleet,
    port,
    ...(http3.has(port) ? { http3: quicKey(key) } : {}),
  }));
}

/** The port that clients use: in standalone mode what is bound, in Kubernetes the Service's. */
export function publicPortOf(port: number, settings: Settings): number {
  return settings.mode === 'standalone' ? bindPortOf(port, settings) : port;
}

function handlerOf(routeConfig: string, { settings, tracing }: ChainContext): HttpHandler {
  return {
    type: 'http',
    routeConfig,
    ...(settings.accessLog === true ? { accessLog: true } : {}),
    ...(tracing === undefined ? {} : { tracing }),
  };
}

/** Says its identity also where no other chain is on the port, so that another one does not change it, which would drain it. */
function httpsChain({ declared, tls }: JudgedListener, handler: HttpHandler): FilterChain {
  const chain = {
    name: declared.key,
    serverNames: declared.hostname === undefined ? [] : [declared.hostname],
    handler: { ...handler, chainId: declared.key },
  };
  return tls === undefined
    ? chain
    : { ...chain, tls: { ...tls, alpn: tls.alpn.filter((protocol) => protocol !== 'h3') } };
}

/** TCP, or TLS that is passed through or whose contents go to TCP backends. */
function streamChain({ declared, tls }: JudgedListener): FilterChain {
  const { key, hostname, spec } = declared;
  const chain = {
    name: key,
    serverNames: hostname === undefined ? [] : [hostname],
    handler: { type: 'tcp', proxy: streamKey(key, hostname) },
  } as const;
  if (tls !== undefined) return { ...chain, tls };
  return spec.protocol === 'TLS' ? { ...chain, passthrough: true } : chain;
}

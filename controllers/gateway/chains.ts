import type {
  FilterChain,
  HttpHandler,
  Listener,
  ObjectRef,
  RouteConfig,
  Tracing,
} from '../../lib/model/mod.ts';
import { streamKey } from '../l4-route/claims.ts';
import type { Settings } from '../settings.ts';
import { bindPortOf } from './place.ts';
import type { JudgedListener } from './judge.ts';
import { protocolOf } from './protocols.ts';

export interface PortContext {
  readonly gateway: ObjectRef;
  readonly fleet: string;
  readonly address: string;
  readonly settings: Settings;
  readonly tracing: Tracing | undefined;
  readonly proxyProtocol: Listener['proxyProtocol'] | undefined;
  /** See `UdpHandler.idleTimeout`. */
  readonly udpIdleTimeout: number;
  /** Keys of the listeners that speak HTTP/3. */
  readonly http3: ReadonlySet<string>;
}

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

/**
 * Identity of a TLS or HTTPS listener's chain that its hostnames demand, to detect misdirected requests; absent if no other
 * listener for HTTPS is on the port. One that cannot serve counts, or requests for its hostname would pass through the chains
 * of others.
 */
export function chainIdOf(listener: JudgedListener, all: readonly JudgedListener[]): string | undefined {
  const { declared: { key, spec } } = listener;
  if (protocolOf(spec.protocol)?.family !== 'tls' || !listener.attachable) return undefined;
  const sharing = all.some(({ attachable, declared }) =>
    attachable && declared.key !== key && declared.spec.protocol === 'HTTPS' &&
    declared.spec.port === spec.port
  );
  return sharing ? key : undefined;
}

/** What proxies bind and serve: one model Listener for each port with anything to serve, in order of ports. */
export function portListeners(
  judged: readonly JudgedListener[],
  { gateway, fleet, address, settings, tracing, proxyProtocol, udpIdleTimeout, http3 }: PortContext,
): readonly Listener[] {
  const servable = Map.groupBy(
    judged.filter((listener) => listener.servable),
    ({ declared }) => portKey(gateway, declared.spec),
  );
  const listeners = [...servable].flatMap(([key, sharing]): Listener[] => {
    const [first] = sharing;
    if (first === undefined) return [];
    const { key: name, spec: { port } } = first.declared;
    const bound = { key, fleet, gateway, address, bindPort: bindPortOf(port, settings) };
    const listener = {
      ...bound,
      port: publicPortOf(port, settings),
      chains: chainsOf(key, sharing, handlerOf(key, settings, tracing)),
    };
    if (isUdp(first)) {
      return [{ ...listener, udp: { cluster: streamKey(name, undefined), idleTimeout: udpIdleTimeout } }];
    }
    const tcp: Listener = { ...listener, ...(proxyProtocol === undefined ? {} : { proxyProtocol }) };
    if (first.declared.spec.protocol === 'TCP') return [{ ...tcp, raw: true }];
    const quic = listener.chains.filter((chain) => http3.has(chain.name));
    return quic.length === 0 ? [tcp] : [tcp, { ...listener, key: quicKey(key), chains: quic, quic: true }];
  });
  return listeners.sort((a, b) => a.port - b.port || (a.key < b.key ? -1 : 1));
}

/** The chains of a port that are there whatever its routes, in order of their names. */
function chainsOf(
  port: string,
  sharing: readonly JudgedListener[],
  handler: HttpHandler,
): readonly FilterChain[] {
  const [first] = sharing;
  if (first === undefined || isUdp(first)) return [];
  if (first.declared.spec.protocol === 'HTTP') return [cleartextChain(port, handler)];
  const chains = sharing.map((listener) =>
    listener.declared.spec.protocol === 'HTTPS' ? httpsChain(listener, handler) : streamChain(listener)
  );
  return chains.sort((a, b) => a.name < b.name ? -1 : 1);
}

function isUdp({ declared: { spec } }: JudgedListener): boolean {
  return protocolOf(spec.protocol)?.transport === 'udp';
}

export function routeConfigs(listeners: readonly Listener[]): readonly RouteConfig[] {
  const http3 = new Set(listeners.filter(({ quic }) => quic === true).map(({ port }) => port));
  return listeners.filter(({ chains, quic }) =>
    quic !== true && chains.some(({ handler }) => handler.type === 'http')
  ).map(({ key, fleet, port }) => ({ key, fleet, port, ...(http3.has(port) ? { http3: true } : {}) }));
}

/** The port that clients use: in standalone mode what is bound, in Kubernetes the Service's. */
export function publicPortOf(port: number, settings: Settings): number {
  return settings.mode === 'standalone' ? bindPortOf(port, settings) : port;
}

function handlerOf(
  routeConfig: string,
  { accessLog = false }: Settings,
  tracing: Tracing | undefined,
): HttpHandler {
  return {
    type: 'http',
    routeConfig,
    ...(accessLog ? { accessLog } : {}),
    ...(tracing === undefined ? {} : { tracing }),
  };
}

/** All cleartext listeners of a port are one chain, since only the Host header tells them apart. */
function cleartextChain(name: string, handler: HttpHandler): FilterChain {
  return { name, serverNames: [], handler };
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

import type { FilterChain, HttpHandler, Listener, ObjectRef, RouteConfig } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { bindPortOf } from './place.ts';
import type { JudgedListener } from './judge.ts';

export interface PortContext {
  readonly gateway: ObjectRef;
  readonly fleet: string;
  readonly address: string;
  readonly settings: Settings;
}

/** Key of the model's Listener and RouteConfig of a port: `namespace/gateway/port`. */
export function portKey({ namespace, name }: ObjectRef, port: number): string {
  return `${namespace}/${name}/${port}`;
}

/**
 * Identity of an HTTPS listener's chain that its hostnames demand, to detect misdirected requests; absent if no other HTTPS
 * listener is on the port. One that cannot serve counts, or requests for its hostname would pass through the chains of others.
 */
export function chainIdOf(listener: JudgedListener, all: readonly JudgedListener[]): string | undefined {
  const { declared: { key, spec } } = listener;
  if (spec.protocol !== 'HTTPS' || !listener.attachable) return undefined;
  const sharing = all.some(({ attachable, declared }) =>
    attachable && declared.key !== key && declared.spec.protocol === 'HTTPS' &&
    declared.spec.port === spec.port
  );
  return sharing ? key : undefined;
}

/** What proxies bind and serve: one model Listener for each port with anything to serve, in order of ports. */
export function portListeners(
  judged: readonly JudgedListener[],
  { gateway, fleet, address, settings }: PortContext,
): readonly Listener[] {
  const servable = Map.groupBy(
    judged.filter((listener) => listener.servable),
    ({ declared }) => declared.spec.port,
  );
  return [...servable].sort(([a], [b]) => a - b).map(([port, sharing]) => {
    const key = portKey(gateway, port);
    const chains = sharing.some(({ tls }) => tls !== undefined)
      ? sharing.map((listener) => httpsChain(listener, handlerOf(key, settings)))
      : [cleartextChain(key, handlerOf(key, settings))];
    return {
      key,
      fleet,
      gateway,
      address,
      bindPort: bindPortOf(port, settings),
      port: publicPortOf(port, settings),
      chains: chains.sort((a, b) => a.name < b.name ? -1 : 1),
    };
  });
}

export function routeConfigs(listeners: readonly Listener[]): readonly RouteConfig[] {
  return listeners.filter(({ chains }) => chains.some(({ handler }) => handler.type === 'http'))
    .map(({ key, fleet, port }) => ({ key, fleet, port }));
}

/** The port that clients use: in standalone mode what is bound, in Kubernetes the Service's. */
export function publicPortOf(port: number, settings: Settings): number {
  return settings.mode === 'standalone' ? bindPortOf(port, settings) : port;
}

function handlerOf(routeConfig: string, { accessLog = false }: Settings): HttpHandler {
  return { type: 'http', routeConfig, ...(accessLog ? { accessLog } : {}) };
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
  return tls === undefined ? chain : { ...chain, tls };
}

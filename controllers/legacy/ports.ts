import type { LegacyListener, LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type {
  Diagnostic,
  FilterChain,
  HttpHandler,
  Listener,
  ObjectRef,
  RouteConfig,
} from '../../lib/model/mod.ts';
import { type GatewayBind } from '../gateway/binds.ts';
import { placeKey } from '../gateway/binds.ts';
import { publicPortOf } from '../gateway/chains.ts';
import { bindPortOf } from '../gateway/place.ts';
import type { Settings } from '../settings.ts';
import { describe } from '../../lib/model/mod.ts';
import type { TelemetryFlow } from './dataflow-telemetry.ts';
import type { HostAtSite, HostResult, LegacyPort, NamedChecks, ServicePortWish, Site } from './flow.ts';
import { binds } from './association.ts';
import { isUdp, placementOf, type PlacementReads, targetOf } from './placement.ts';
import { portFiltersOf } from './port-filters.ts';
import { bufferLimitOf, readingOf } from './reading.ts';
import type { TcpChain } from './tcp.ts';
import { placeOfPort, tcpChainName, tcpChains } from './tcp-ports.ts';
import { ambassadorModule, legacySettings, type NamedModule, refOf } from './settings.ts';

/** The port of a Listener; undefined in a cluster whose legacy resources are nobody's. */
export function portOf(
  listener: LegacyListener,
  fetch: Fetch,
  reads: PlacementReads,
): LegacyPort | undefined {
  const { metadata: { namespace = '' } } = listener;
  const target = targetOf(listener, reads.settings);
  const placement = placementOf({ target, namespace, port: listener.spec.port }, fetch, reads);
  if (placement === undefined) return undefined;
  const { ambassadorIds: _, ...spec } = listener.spec;
  const object = refOf(listener);
  return {
    key: `Listener/${object.namespace}/${object.name}/${placement.port}`,
    object,
    spec: { ...spec, port: placement.port },
    placement,
  };
}

/** Cleartext, and TLS where the Listener speaks it: two tables of routes, since their requests never mix. */
export function sitesOf({ key, object, spec, placement }: LegacyPort, settings: Settings): readonly Site[] {
  const { fleet, shares, problem } = placement;
  if (!spec.protocolStack.includes('HTTP') || problem !== undefined) return [];
  const datagrams = isUdp(spec.protocolStack);
  if (datagrams && (shares !== undefined || !isQuic({ spec }))) return [];
  const site = {
    port: key,
    publicPort: clientPort(spec.port, settings),
    fleet,
    securityModel: spec.securityModel,
    namespace: object.namespace,
    hostBinding: spec.hostBinding,
  };
  if (shares !== undefined) {
    const { transport, routeConfig } = shares;
    return [{ ...site, key: transport === 'tls' ? tlsSite(key) : key, transport, shares: routeConfig }];
  }
  if (isQuic({ spec })) return [{ ...site, key: tlsSite(key), transport: 'tls' }];
  const cleartext: Site = { ...site, key, transport: 'cleartext' };
  if (!spec.protocolStack.includes('TLS')) return [cleartext];
  return [cleartext, { ...site, key: tlsSite(key), transport: 'tls' }];
}

/** What clients name: in Kubernetes the port of the Service, which may be another than the Listener's. */
function clientPort(port: number, settings: Settings): number {
  const aliases = settings.kubernetes?.legacy?.servicePorts ?? [];
  return aliases.find(({ target }) => target === port)?.port ?? publicPortOf(port, settings);
}

/** Whether a port is for HTTP/3; what else uses UDP is not served. */
export function isQuic({ spec: { protocolStack } }: Pick<LegacyPort, 'spec'>): boolean {
  return isUdp(protocolStack) && protocolStack.includes('HTTP') && protocolStack.includes('TLS');
}

function tlsSite(port: string): string {
  return `${port}/tls`;
}

/** Where a Host is served. */
export function hostAtSites(
  { key, object, hostname, selector, labels, action, tls, closed }: HostResult,
  fetch: Fetch,
  { sites, legacy }: { readonly sites: Collection<Site>; readonly legacy: LegacySettings },
): readonly HostAtSite[] {
  const host: HostAtSite['host'] = {
    key,
    object,
    hostname,
    labels,
    action,
    ...(selector === undefined ? {} : { selector }),
    ...(tls === undefined ? {} : { tls }),
    ...(closed === undefined ? {} : { closed }),
  };
  return fetch.all(sites)
    .filter((site) => speaksFor(site, host) && binds(site, host, legacy))
    .map((site) => ({ key: `${site.key}|${key}`, site, host }));
}

/**
 * Hosts without TLS have no chain of their own; where a Gateway has the port, it has the chains. One whose TLS cannot be had
 * keeps its hostname, so that its requests get 421 in the chains of others.
 */
function speaksFor({ transport, shares }: Site, { tls, closed }: HostAtSite['host']): boolean {
  return transport === 'cleartext' || tls !== undefined || closed === true || shares !== undefined;
}

export interface PortReads {
  readonly settings: Settings;
  readonly modules: Collection<NamedModule>;
  /** By site. */
  readonly hostsBySite: Index<HostAtSite>;
  /** What Gateways bind, by place. */
  readonly binds: Index<GatewayBind>;
  /** By `bindOf`. */
  readonly rivals: Index<LegacyPort>;
  /** Of TCPMappings, by their place. */
  readonly tcpChains: Index<TcpChain>;
  readonly telemetry: Pick<TelemetryFlow, 'tracings' | 'logs'>;
}

/** What a proxy binds for a port: nothing if a Gateway has it, which is told. */
export function legacyListener(port: LegacyPort, fetch: Fetch, reads: PortReads): Listener | undefined {
  const { key, object, spec, placement } = port;
  const { settings } = reads;
  if (takenBy(port, fetch, reads) !== undefined) return undefined;
  if (placement.shares !== undefined || placement.problem !== undefined) return undefined;
  const module = ambassadorModule(fetch, reads.modules);
  const { filters } = portFiltersOf(module, settings);
  if (isUdp(spec.protocolStack) && !isQuic(port)) return undefined;
  const streams = isQuic(port) ? [] : tcpChains(port, fetch.by(reads.tcpChains, placeOfPort(port, settings)));
  const bound: Omit<Listener, 'chains'> = {
    key,
    fleet: placement.fleet,
    gateway: object,
    address: addressOf(port, settings),
    bindPort: bindPortOf(spec.port, settings),
    port: publicPortOf(spec.port, settings),
    bufferLimit: bufferLimitOf(module),
    ...(spec.protocolStack.includes('PROXY') ? { proxyProtocol: 'required' } : {}),
  };
  if (!spec.protocolStack.includes('HTTP')) {
    if (streams.length === 0 && !spec.protocolStack.includes('TCP')) return undefined;
    // A server that speaks first is not kept waiting for a server name, unless somebody has one.
    const raw = !spec.protocolStack.includes('TLS') &&
      streams.every(({ serverNames, transport, passthrough }) =>
        serverNames.length === 0 && transport === undefined && passthrough === undefined
      );
    return { ...bound, chains: [...streams].sort(byName), ...(raw ? { raw } : {}) };
  }
  const { accessLog = false } = settings;
  const common: Common = {
    reading: {
      ...readingOf(spec.l7Depth, module),
      ...(spec.http2MaxConcurrentStreams === undefined ? {} : { maxStreams: spec.http2MaxConcurrentStreams }),
    },
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
    ...(accessLog ? { accessLog } : {}),
    ...telemetryOf(fetch, reads.telemetry),
  };
  const tls = spec.protocolStack.includes('TLS');
  const byHostname = new Map<string, HostAtSite>();
  for (const each of tls ? fetch.by(reads.hostsBySite, tlsSite(key)) : []) {
    if (each.host.tls === undefined) continue;
    // TCPMappings have the server names that they name.
    if (streams.some(({ name }) => name === tcpChainName(port, { host: each.host.hostname }))) continue;
    if (!byHostname.has(each.host.hostname)) byHostname.set(each.host.hostname, each);
  }
  const chains: FilterChain[] = [...byHostname].map(([hostname, { host }]) => ({
    name: chainOf(key, hostname),
    serverNames: hostname === '*' ? [] : [hostname],
    transport: 'tls',
    ...(host.tls === undefined ? {} : { tls: host.tls }),
    handler: { ...handler(tlsSite(key), common), chainId: chainOf(key, hostname) },
  }));
  if (isQuic(port)) {
    // Envoy asks for no client certificates there, so that whoever wants them is not served.
    const open = chains.filter(({ tls }) => tls !== undefined && tls.clientValidation === undefined);
    return open.length === 0 ? undefined : { ...bound, chains: open.sort(byName), quic: true };
  }
  chains.push({
    name: key,
    serverNames: [],
    handler: handler(key, common),
    ...(tls || streams.length > 0 ? { transport: 'cleartext' } : {}),
  });
  return { ...bound, chains: [...chains, ...streams].sort(byName) };
}

function byName(a: FilterChain, b: FilterChain): number {
  return a.name < b.name ? -1 : 1;
}

/** What is said for legacy Listeners goes before what is said for all. */
function addressOf({ address }: LegacyPort, settings: Settings): string {
  return address ?? legacySettings(settings).bindAddress ?? settings.bind;
}

/** The port of the Service behind which a port of a Gateway's own is, where a Listener shares it. */
export function sharedPort(
  { key, spec: { port }, placement: { fleet, shares } }: LegacyPort,
): readonly ServicePortWish[] {
  return shares === undefined ? [] : [wish({ fleet, port, protocol: 'TCP' }, key)];
}

/** The port of the Service for what a proxy binds. */
export function boundPort({ key, fleet, port, udp, quic }: Listener): ServicePortWish {
  return wish({ fleet, port, protocol: udp !== undefined || quic === true ? 'UDP' : 'TCP' }, key);
}

function wish(port: Omit<ServicePortWish, 'key'>, by: string): ServicePortWish {
  return { key: `${servicePortKey(port)}|${by}`, ...port };
}

/** What is one port of a Service, whoever wants it. */
export function servicePortKey({ fleet, port, protocol }: Omit<ServicePortWish, 'key'>): string {
  return `${fleet}|${port}/${protocol}`;
}

/** Identity of the chain of a hostname, by which misdirected requests are known. */
export function chainOf(port: string, hostname: string): string {
  return `${port}/${hostname}`;
}

type Common = Pick<HttpHandler, 'reading' | 'filters' | 'accessLog' | 'logs' | 'tracing'>;

function telemetryOf(
  fetch: Fetch,
  { tracings, logs }: PortReads['telemetry'],
): Pick<HttpHandler, 'logs' | 'tracing'> {
  const [tracing] = fetch.all(tracings).flatMap((result) => result.tracing ?? []);
  const all = fetch.all(logs).flatMap(({ log }) => log ?? []);
  return { ...(all.length === 0 ? {} : { logs: all }), ...(tracing === undefined ? {} : { tracing }) };
}

function handler(routeConfig: string, common: Common): HttpHandler {
  return { type: 'http', routeConfig, ...common };
}

/** The tables of routes of the ports that are bound, with what all requests of the installation go through. */
export function legacyRouteConfigs(
  { chains, fleet, port }: Listener,
  fetch: Fetch,
  { checks, quic }: {
    readonly checks: Collection<NamedChecks>;
    /** Listeners for HTTP/3, by fleet and the port that clients use. */
    readonly quic: Index<Listener>;
  },
): readonly RouteConfig[] {
  const keys = new Set(chains.flatMap(({ handler }) => handler.type === 'http' ? [handler.routeConfig] : []));
  const [all] = fetch.all(checks);
  const [http3] = fetch.by(quic, `${fleet}|${port}`);
  return [...keys].sort().map((key) => ({
    key,
    fleet,
    port,
    ...(http3 !== undefined && key.endsWith('/tls') ? { http3: http3.key } : {}),
    ...(all === undefined ? {} : { checks: all.checks }),
  }));
}

export function portDiagnostics(
  port: LegacyPort,
  fetch: Fetch,
  reads: PortReads & { readonly checks: Collection<NamedChecks> },
): readonly Diagnostic[] {
  const { object, spec, placement } = port;
  const diagnostics: Diagnostic[] = [];
  const add = (field: string, code: string, message: string): void => {
    diagnostics.push({ object, severity: 'error', code, field, message });
  };
  if (placement.problem !== undefined) {
    add(placement.problem.field, 'NotPlaced', placement.problem.message);
  }
  if (placement.shares !== undefined && fetch.all(reads.checks).length > 0) {
    const message =
      'AuthServices, RateLimitServices and IP rules have no effect at a port that a Gateway has, so no Mappings are served there; use another port.';
    add('metadata.annotations', 'NotPlaced', message);
  }
  const holder = takenBy(port, fetch, reads);
  if (holder !== undefined) {
    const at = `Port ${bindPortOf(spec.port, reads.settings)} of ${addressOf(port, reads.settings)}`;
    add('spec.port', 'PortUnavailable', `${at} is ${describe(holder)}'s: it is served by that alone.`);
  }
  if (!spec.protocolStack.includes('HTTP')) {
    if (spec.protocolStack.length === 0) {
      const message =
        'Neither protocol nor protocolStack says what the Listener speaks, so nothing is served.';
      add('spec.protocol', 'UnsupportedProtocol', message);
    } else if (!spec.protocolStack.includes('TCP')) {
      add('spec.protocol', 'UnsupportedProtocol', 'Nothing makes use of UDP, so nothing is served.');
    }
  }
  const withoutTls = isUdp(spec.protocolStack) && spec.protocolStack.includes('HTTP') && !isQuic(port);
  if (withoutTls) add('spec.protocolStack', 'UnsupportedProtocol', 'HTTP/3 needs TLS, so nothing is served.');
  if (isQuic(port) && port.placement.shares !== undefined) {
    const message = "The port is a Gateway's, whose GatewayParameters say whether it speaks HTTP/3.";
    add('spec.protocolStack', 'PortUnavailable', message);
  }
  if (spec.hostBinding.namespace.from === 'SELECTOR') {
    add('spec.hostBinding.namespace.from', 'UnsupportedValue', 'SELECTOR is taken for SELF, as in Emissary.');
  }
  return diagnostics;
}

/** Gateways go first: whoever makes one for a port has moved it there. Two ports may be bound as one where they are shifted. */
export function takenBy(
  port: LegacyPort,
  fetch: Fetch,
  { settings, binds, rivals }: Pick<PortReads, 'settings' | 'binds' | 'rivals'>,
): ObjectRef | undefined {
  const { shares, problem } = port.placement;
  if (shares !== undefined || problem !== undefined) return undefined;
  const holder = fetch.by(binds, boundPlace(port, settings))[0]?.gateway;
  if (holder !== undefined) return holder;
  const [first] = bindOf(port, settings).flatMap((bind) => fetch.by(rivals, bind));
  return first === undefined || first.key === port.key ? undefined : first.object;
}

function boundPlace(port: LegacyPort, settings: Settings): string {
  const transport = isUdp(port.spec.protocolStack) ? 'udp' : 'tcp';
  return placeKey(addressOf(port, settings), { port: port.spec.port, transport }, settings);
}

/** Index bucket of a port: what its proxies bind for it. */
export function bindOf(port: LegacyPort, settings: Settings): readonly string[] {
  const { fleet, shares, problem } = port.placement;
  return shares === undefined && problem === undefined ? [`${fleet}|${boundPlace(port, settings)}`] : [];
}

import type { AmbassadorModule, LegacyListener, LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type {
  Diagnostic,
  FilterChain,
  HttpHandler,
  HttpReading,
  Listener,
  ObjectRef,
  RouteConfig,
} from '../../lib/model/mod.ts';
import { type GatewayBind } from '../gateway/binds.ts';
import { placeKey } from '../gateway/binds.ts';
import { publicPortOf } from '../gateway/chains.ts';
import { bindPortOf } from '../gateway/place.ts';
import { type Settings, STANDALONE_FLEET } from '../settings.ts';
import { describe } from '../../lib/model/mod.ts';
import type { HostAtSite, HostResult, LegacyPort, Site } from './flow.ts';
import { binds } from './association.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';

/** The port of a Listener. In a cluster nothing opens it yet. */
export function portOf(listener: LegacyListener, { mode }: Settings): LegacyPort | undefined {
  if (mode === 'kubernetes') return undefined;
  const { ambassadorIds: _, ...spec } = listener.spec;
  const object = refOf(listener);
  return { key: `Listener/${object.namespace}/${object.name}/${spec.port}`, object, spec };
}

/** Cleartext, and TLS where the Listener speaks it: two tables of routes, since their requests never mix. */
export function sitesOf({ key, object, spec }: LegacyPort, settings: Settings): readonly Site[] {
  if (!spec.protocolStack.includes('HTTP')) return [];
  const site = {
    port: key,
    publicPort: publicPortOf(spec.port, settings),
    fleet: STANDALONE_FLEET,
    securityModel: spec.securityModel,
    namespace: object.namespace,
    hostBinding: spec.hostBinding,
  };
  const cleartext: Site = { ...site, key, transport: 'cleartext' };
  if (!spec.protocolStack.includes('TLS')) return [cleartext];
  return [cleartext, { ...site, key: tlsSite(key), transport: 'tls' }];
}

function tlsSite(port: string): string {
  return `${port}/tls`;
}

/** Where a Host is served. */
export function hostAtSites(
  { key, object, hostname, selector, labels, action, tls }: HostResult,
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
  };
  return fetch.all(sites)
    .filter((site) => (site.transport === 'cleartext' || host.tls !== undefined) && binds(site, host, legacy))
    .map((site) => ({ key: `${site.key}|${key}`, site, host }));
}

export interface PortReads {
  readonly settings: Settings;
  readonly modules: Collection<NamedModule>;
  /** By site. */
  readonly hostsBySite: Index<HostAtSite>;
  /** What Gateways bind, by place. */
  readonly binds: Index<GatewayBind>;
}

/** What a proxy binds for a port: nothing if a Gateway has it, which is told. */
export function legacyListener(port: LegacyPort, fetch: Fetch, reads: PortReads): Listener | undefined {
  const { key, object, spec } = port;
  const { settings } = reads;
  if (takenBy(port, fetch, reads) !== undefined || !spec.protocolStack.includes('HTTP')) return undefined;
  const reading = readingOf(spec.l7Depth, ambassadorModule(fetch, reads.modules));
  const tls = spec.protocolStack.includes('TLS');
  const byHostname = new Map<string, HostAtSite>();
  for (const each of tls ? fetch.by(reads.hostsBySite, tlsSite(key)) : []) {
    if (!byHostname.has(each.host.hostname)) byHostname.set(each.host.hostname, each);
  }
  const chains: FilterChain[] = [...byHostname].map(([hostname, { host }]) => ({
    name: chainOf(key, hostname),
    serverNames: hostname === '*' ? [] : [hostname],
    transport: 'tls',
    ...(host.tls === undefined ? {} : { tls: host.tls }),
    handler: { ...handler(tlsSite(key), reading, settings), chainId: chainOf(key, hostname) },
  }));
  chains.push({
    name: key,
    serverNames: [],
    handler: handler(key, reading, settings),
    ...(tls ? { transport: 'cleartext' } : {}),
  });
  return {
    key,
    fleet: STANDALONE_FLEET,
    gateway: object,
    address: settings.bind,
    bindPort: bindPortOf(spec.port, settings),
    port: publicPortOf(spec.port, settings),
    chains: chains.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(spec.protocolStack.includes('PROXY') ? { proxyProtocol: 'required' } : {}),
  };
}

/** Identity of the chain of a hostname, by which misdirected requests are known. */
export function chainOf(port: string, hostname: string): string {
  return `${port}/${hostname}`;
}

function handler(routeConfig: string, reading: HttpReading, { accessLog = false }: Settings): HttpHandler {
  return { type: 'http', routeConfig, reading, ...(accessLog ? { accessLog } : {}) };
}

function readingOf(trustedHops: number, module: AmbassadorModule): HttpReading {
  const underscores = { DROP_HEADER: 'drop', REJECT_REQUEST: 'reject', ALLOW: undefined } as const;
  const action = underscores[module.headersWithUnderscoresAction ?? 'ALLOW'];
  return {
    trustedHops,
    ...(module.mergeSlashes ? { mergeSlashes: true } : {}),
    ...(module.rejectRequestsWithEscapedSlashes ? { rejectEscapedSlashes: true } : {}),
    ...(action === undefined ? {} : { underscores: action }),
    ...(module.stripMatchingHostPort ? { stripHostPort: true } : {}),
    ...(module.enableHttp10 ? { http10: true } : {}),
    ...(module.serverName === 'envoy' ? {} : { serverName: module.serverName }),
  };
}

/** The tables of routes of the ports that are bound. */
export function legacyRouteConfigs({ chains, fleet, port }: Listener): readonly RouteConfig[] {
  const keys = new Set(chains.flatMap(({ handler }) => handler.type === 'http' ? [handler.routeConfig] : []));
  return [...keys].sort().map((key) => ({ key, fleet, port }));
}

export function portDiagnostics(port: LegacyPort, fetch: Fetch, reads: PortReads): readonly Diagnostic[] {
  const { object, spec } = port;
  const diagnostics: Diagnostic[] = [];
  const add = (field: string, code: string, message: string): void => {
    diagnostics.push({ object, severity: 'error', code, field, message });
  };
  const holder = takenBy(port, fetch, reads);
  if (holder !== undefined) {
    const at = `Port ${bindPortOf(spec.port, reads.settings)} of ${reads.settings.bind}`;
    add('spec.port', 'PortUnavailable', `${at} is ${describe(holder)}'s: it is served by that alone.`);
  }
  if (!spec.protocolStack.includes('HTTP')) {
    const message = spec.protocolStack.length === 0
      ? 'Neither protocol nor protocolStack says what the Listener speaks, so nothing is served.'
      : 'Listeners without HTTP are not served yet: TCPMappings are not translated.';
    add('spec.protocol', 'UnsupportedProtocol', message);
  }
  if (spec.protocolStack.includes('UDP') && spec.protocolStack.includes('HTTP')) {
    add('spec.protocolStack', 'UnsupportedProtocol', 'HTTP/3 is not served by Listeners yet, only the rest.');
  }
  if (spec.hostBinding.namespace.from === 'SELECTOR') {
    add('spec.hostBinding.namespace.from', 'UnsupportedValue', 'SELECTOR selects nothing, as in Emissary.');
  }
  if (spec.http2MaxConcurrentStreams !== undefined) {
    diagnostics.push({
      object,
      severity: 'warning',
      code: 'NotTranslated',
      field: 'spec.http2MaxConcurrentStreams',
      message: 'http2MaxConcurrentStreams has no effect yet.',
    });
  }
  return diagnostics;
}

/** Gateways go first: whoever makes one for a port has moved it there. */
function takenBy({ spec }: LegacyPort, fetch: Fetch, { settings, binds }: PortReads): ObjectRef | undefined {
  const place = placeKey(settings.bind, { port: spec.port, transport: 'tcp' }, settings);
  return fetch.by(binds, place)[0]?.gateway;
}

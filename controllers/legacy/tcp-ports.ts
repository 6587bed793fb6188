import type { Bucket, Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, FilterChain, TcpProxy } from '../../lib/model/mod.ts';
import { describe } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import type { LegacyPort, ServedBy } from './flow.ts';
import { isUdp, placementOf, type PlacementReads, usualTarget } from './placement.ts';
import { type PortReads, takenBy } from './ports.ts';
import { refOf } from './settings.ts';
import { type TcpChain, type TcpEntry, type TcpGroup, tcpPlace } from './tcp.ts';

/** Where TCPMappings find a port. */
export function placeOfPort(
  { spec: { port, protocolStack }, address }: LegacyPort,
  settings: Settings,
): string {
  const place = tcpPlace(port, address, settings);
  return isUdp(protocolStack) ? `udp ${place}` : place;
}

/** The port of TCPMappings that no Listener opens. */
export function tcpPort(
  { key: place, members: [first] }: Bucket<TcpEntry>,
  fetch: Fetch,
  reads: PlacementReads & { readonly listenerPorts: Index<LegacyPort> },
): LegacyPort | undefined {
  if (first === undefined || fetch.by(reads.listenerPorts, place).length > 0) return undefined;
  const { spec: { port, address }, metadata: { namespace = '' } } = first.mapping;
  const target = usualTarget(port, reads.settings);
  const placement = placementOf({ target, namespace, port }, fetch, reads);
  if (placement === undefined) return undefined;
  return {
    key: `TCPMapping/${place.replace('|', '/')}`,
    object: refOf(first.mapping),
    placement,
    ...(address === undefined ? {} : { address }),
    spec: {
      port,
      protocolStack: ['TCP'],
      securityModel: 'SECURE',
      l7Depth: 0,
      statsPrefix: '',
      hostBinding: { namespace: {} },
    },
  };
}

export interface TcpPortReads extends PortReads {
  /** By place. */
  readonly ports: Index<LegacyPort>;
}

/** What becomes of the connections of a group at its port. */
export function legacyTcpProxy(group: TcpGroup, fetch: Fetch, reads: TcpPortReads): TcpProxy | undefined {
  const [port] = fetch.by(reads.ports, group.place);
  if (port === undefined || !isServed(group, port) || takenBy(port, fetch, reads) !== undefined) {
    return undefined;
  }
  const { accessLog = false } = reads.settings;
  const logs = fetch.all(reads.telemetry.logs).flatMap(({ log }) =>
    log?.type === 'server' && log.entries === 'tcp' ? [log] : []
  );
  return {
    key: tcpChainName(port, group),
    fleet: port.placement.fleet,
    backends: group.backends,
    origins: group.origins,
    ...(group.idleTimeout === undefined ? {} : { idleTimeout: group.idleTimeout }),
    ...(accessLog ? { accessLog } : {}),
    ...(logs.length === 0 ? {} : { logs }),
  };
}

/** HTTP has all of a port that no server name is told for. */
function isServed(
  { host }: Pick<TcpGroup, 'host'>,
  { spec: { protocolStack }, placement: { shares, problem } }: LegacyPort,
): boolean {
  if (shares !== undefined || problem !== undefined) return false;
  return host !== undefined || !protocolStack.includes('HTTP');
}

/** The proxies that have the connections of a group. */
export function servedAtPort(group: TcpGroup, fetch: Fetch, reads: TcpPortReads): ServedBy | undefined {
  const [port] = fetch.by(reads.ports, group.place);
  if (port === undefined || !isServed(group, port)) return undefined;
  return { key: group.key, fleets: [port.placement.fleet] };
}

/** Of the chain, and of the TcpProxy behind it. */
export function tcpChainName({ key }: LegacyPort, { host }: Pick<TcpGroup, 'host'>): string {
  return `${key}/tcp/${host ?? ''}`;
}

/** The filter chains of TCPMappings at a port. A server name whose TLS cannot be had is closed, and nobody else's. */
export function tcpChains(port: LegacyPort, groups: readonly TcpChain[]): readonly FilterChain[] {
  return groups.filter((group) => isServed(group, port)).map((group) => {
    const { host, tls } = group;
    const name = tcpChainName(port, group);
    const chain = {
      name,
      serverNames: host === undefined || host === '*' ? [] : [host],
      handler: { type: 'tcp', proxy: name },
    } as const;
    if (host === undefined) return chain;
    return tls === undefined ? { ...chain, passthrough: true } : { ...chain, transport: 'tls', tls };
  });
}

/** Told to TCPMappings that have nothing of their port. */
export function tcpPortDiagnostics(
  chain: TcpChain,
  fetch: Fetch,
  reads: TcpPortReads,
): readonly Diagnostic[] {
  const { place, origins } = chain;
  const [port] = fetch.by(reads.ports, place);
  if (port === undefined || isServed(chain, port)) return [];
  const { shares, problem } = port.placement;
  const message = problem?.message ??
    (shares === undefined
      ? `${describe(port.object)} speaks HTTP there, so only TCPMappings with a host can share the port.`
      : `${describe(port.object)} is served by a Gateway there, whose ports TCPMappings cannot share.`);
  return origins.map((object) => ({
    object,
    severity: 'error',
    code: 'PortUnavailable',
    field: 'spec.port',
    message,
  }));
}

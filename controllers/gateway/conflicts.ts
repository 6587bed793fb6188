import { ANY_HOSTNAME, coveringHostnames } from '../attachment/hostname.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import { type DeclaredListener, type Finding, finding } from './listeners.ts';
import { isSupported, protocolOf } from './protocols.ts';
import { type AttachedListener, byRank } from './sources.ts';

/** Listeners by what a connection can tell: port and transport, then family, then hostname. */
type Port = Map<string, Map<string, DeclaredListener>>;

/** A listener that conflicts with another. `key` is that of the ListenerProjection. */
export interface Conflict extends Keyed {
  readonly finding: Finding;
}

/**
 * Finds which listeners of a port are not distinct (Gateway API, "Distinct Listeners"). Between objects the one of higher
 * precedence wins (GEP-1713); within an object all that conflict lose.
 */
export function conflicts(sharing: readonly AttachedListener[]): readonly Conflict[] {
  if (sharing.length === 1) return [];
  const found: Conflict[] = [];
  const held = new Map<string, Port>();
  for (const listeners of bySource(sharing)) {
    const rest: DeclaredListener[] = [];
    for (const listener of listeners) {
      const rival = rivalOf(listener, held);
      if (rival !== undefined) found.push({ key: listener.key, finding: conflict(listener, rival) });
      else if (isSupported(listener.spec.protocol)) rest.push(listener);
    }
    for (const [listener, rival] of mutualConflicts(rest)) {
      found.push({ key: listener.key, finding: conflict(listener, rival) });
    }
    // Conflicted ones hold their place too: nobody else takes a port over because its owner made a mistake.
    for (const listener of rest) hold(listener, held);
  }
  return found;
}

/** Listeners of each object, in order of precedence. */
function bySource(sharing: readonly AttachedListener[]): readonly (readonly DeclaredListener[])[] {
  const groups: DeclaredListener[][] = [];
  let last: string | undefined;
  for (const { rank: { source }, declared } of sharing.toSorted(byRank)) {
    if (source === last) groups.at(-1)?.push(declared);
    else groups.push([declared]);
    last = source;
  }
  return groups;
}

/** A TLS listener of which another one on the port takes some of the hostnames. `key` is that of the ListenerProjection. */
export type Overlap = Keyed;

/** `OverlappingTLSConfig` (GEP-3567), among the listeners of a port that routes may attach to. */
export function overlappingTls(attachable: readonly DeclaredListener[]): readonly Overlap[] {
  const sharing = attachable.filter(({ spec }) => protocolOf(spec.protocol)?.family === 'tls');
  if (sharing.length < 2) return [];
  const overlapping = new Set<string>();
  const byHostname = new Map(sharing.map((listener) => [listener.hostname ?? ANY_HOSTNAME, listener.key]));
  for (const { key, hostname = ANY_HOSTNAME } of sharing) {
    for (const pattern of coveringHostnames(hostname)) {
      const other = byHostname.get(pattern);
      if (other !== undefined && other !== key) overlapping.add(key).add(other);
    }
  }
  return [...overlapping].map((key) => ({ key }));
}

function mutualConflicts(
  listeners: readonly DeclaredListener[],
): readonly (readonly [DeclaredListener, DeclaredListener])[] {
  const found: [DeclaredListener, DeclaredListener][] = [];
  if (listeners.length < 2) return found;
  for (const listener of listeners) {
    const others = new Map<string, Port>();
    for (const other of listeners) {
      if (other !== listener && other.spec.port === listener.spec.port) hold(other, others);
    }
    const rival = rivalOf(listener, others);
    if (rival !== undefined) found.push([listener, rival]);
  }
  return found;
}

function placeOf(
  { spec, hostname = ANY_HOSTNAME }: DeclaredListener,
): { port: string; family: string; hostname: string } {
  const protocol = protocolOf(spec.protocol);
  return { port: `${spec.port}/${protocol?.transport}`, family: protocol?.family ?? '', hostname };
}

function hold(listener: DeclaredListener, held: Map<string, Port>): void {
  const { port, family, hostname } = placeOf(listener);
  const families = held.get(port) ?? new Map<string, Map<string, DeclaredListener>>();
  const hostnames = families.get(family) ?? new Map<string, DeclaredListener>();
  held.set(port, families.set(family, hostnames.set(hostname, listener)));
}

function rivalOf(listener: DeclaredListener, held: ReadonlyMap<string, Port>): DeclaredListener | undefined {
  if (protocolOf(listener.spec.protocol) === undefined) return undefined;
  const { port, family, hostname } = placeOf(listener);
  const families = held.get(port);
  for (const [other, hostnames] of families ?? []) {
    const [first] = hostnames.values();
    if (other !== family || family === 'raw') return first;
  }
  return families?.get(family)?.get(hostname);
}

function conflict(listener: DeclaredListener, rival: DeclaredListener): Finding {
  const { port, protocol } = listener.spec;
  const { family } = placeOf(listener);
  const sameFamily = family !== 'raw' && family === placeOf(rival).family;
  if (sameFamily) {
    const host = listener.hostname === undefined ? 'any hostname' : `hostname ${listener.hostname}`;
    return finding(listener, {
      condition: 'Conflicted',
      at: '.hostname',
      code: 'HostnameConflict',
      message: `Port ${port} and ${host} are also those of listener ${rival.key}.`,
      fix: 'Use another hostname or port.',
    });
  }
  return finding(listener, {
    condition: 'Conflicted',
    at: '.protocol',
    code: 'ProtocolConflict',
    message:
      `Port ${port} cannot have protocol ${protocol} beside ${rival.spec.protocol} of listener ${rival.key}.`,
    fix: 'Use another port.',
  });
}

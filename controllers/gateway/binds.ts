import type { Gateway } from '../../lib/api/gateway.ts';
import type { Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import { describe, type ObjectRef } from '../../lib/model/mod.ts';
import { createdAt, type ListenerSetReads, listenerSetsOf } from '../listener-set/attached.ts';
import { HEALTH_PORT, type Settings } from '../settings.ts';
import { admissionOf, type AdmissionReads } from './admission.ts';
import { type DeclaredListener, type Finding, finding, sourceOf } from './listeners.ts';
import { bindPortOf } from './place.ts';
import { isSupported, protocolOf } from './protocols.ts';

/** One Gateway wants one address and port of this machine (standalone mode). `key` is `place|namespace/name`. */
export interface GatewayBind extends Keyed {
  /** `[address]:port/transport`. */
  readonly place: string;
  readonly gateway: ObjectRef;
  /** ms since the epoch. */
  readonly created: number;
}

export interface BindReads extends ListenerSetReads, AdmissionReads {}

/** What a Gateway and its ListenerSets want to bind; nothing in Kubernetes, where each Gateway has its own proxies. */
export function gatewayBinds(gateway: Gateway, fetch: Fetch, reads: BindReads): readonly GatewayBind[] {
  if (reads.settings.mode === 'kubernetes') return [];
  const admission = admissionOf(gateway, fetch, reads);
  const address = admission?.place.address;
  // A Gateway that is not accepted keeps no port from others.
  if (admission === undefined || address === undefined || admission.refusals.length > 0) return [];
  const own = sourceOf(gateway);
  const sets = listenerSetsOf(gateway, fetch, reads).allowed.map(sourceOf);
  const places = [own, ...sets].flatMap(({ listeners }) => listeners)
    .filter(({ spec }) => isSupported(spec.protocol))
    .map(({ spec }) => placeKey(address, socketOf(spec), reads.settings));
  const created = createdAt(gateway);
  return [...new Set(places)].map((place) => ({
    key: `${place}|${gateway.key}`,
    place,
    gateway: own.object,
    created,
  }));
}

/** Index bucket of a bind. */
export function bindBuckets({ place }: GatewayBind): readonly string[] {
  return [place];
}

/**
 * Finds listeners whose address and port belong to an older Gateway, to another port of this one, or to the proxies
 * themselves, by listener key.
 */
export function portFindings(
  listeners: readonly DeclaredListener[],
  fetch: Fetch,
  { address, gateway, binds, settings }: {
    readonly address: string | undefined;
    readonly gateway: Gateway;
    readonly binds: Index<GatewayBind>;
    readonly settings: Settings;
  },
): ReadonlyMap<string, Finding> {
  const findings = new Map<string, Finding>();
  const portOfPlace = new Map<string, number>();
  for (const listener of listeners) {
    const { port, protocol } = listener.spec;
    if (address === undefined || !isSupported(protocol)) continue;
    const place = placeKey(address, socketOf(listener.spec), settings);
    const holder = holderOf(fetch.by(binds, place));
    const first = portOfPlace.get(place) ?? port;
    portOfPlace.set(place, first);
    const bindPort = bindPortOf(port, settings);
    if (settings.mode === 'kubernetes' && port === HEALTH_PORT && protocolOf(protocol)?.transport === 'tcp') {
      const message = `Port ${port} is where the proxies tell of their health.`;
      findings.set(listener.key, unavailable(listener, { message, fix: 'Use another port.' }));
    } else if (holder !== undefined && `${holder.namespace}/${holder.name}` !== gateway.key) {
      const message = `Gateway/${gateway.key} cannot have port ${bindPort} of ${address}: ${
        describe(holder)
      } has it.`;
      const fix = 'Use another port, or give the Gateway a loopback address of its own in spec.addresses.';
      findings.set(listener.key, unavailable(listener, { message, fix }));
    } else if (first !== port) {
      const message = `Port ${port} is bound as ${bindPort}, and so is port ${first} of the same Gateway.`;
      findings.set(
        listener.key,
        unavailable(listener, { message, fix: 'Use another port, or another shift of ports.' }),
      );
    }
  }
  return findings;
}

function unavailable(
  listener: DeclaredListener,
  text: { readonly message: string; readonly fix: string },
): Finding {
  return finding(listener, { condition: 'Accepted', at: '.port', code: 'PortUnavailable', ...text });
}

/** The oldest Gateway, then the first by name, which is the order of an index. */
function holderOf(binds: readonly GatewayBind[]): ObjectRef | undefined {
  let oldest = binds[0];
  for (const bind of binds) if (oldest !== undefined && bind.created < oldest.created) oldest = bind;
  return oldest?.gateway;
}

interface Socket {
  /** In the spec. */
  readonly port: number;
  readonly transport: 'tcp' | 'udp' | undefined;
}

function socketOf({ port, protocol }: DeclaredListener['spec']): Socket {
  return { port, transport: protocolOf(protocol)?.transport };
}

/** See `GatewayBind.place`. */
export function placeKey(address: string, { port, transport }: Socket, settings: Settings): string {
  return `[${address}]:${bindPortOf(port, settings)}/${transport}`;
}

import { isIP } from 'node:net';

import type { Gateway } from '../../lib/api/gateway.ts';
import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import { describe, type Diagnostic, type ObjectRef } from '../../lib/model/mod.ts';
import type { OurGatewayClass } from '../gateway-class/translate.ts';
import { createdAt, type ListenerSetReads, listenerSetsOf } from '../listener-set/attached.ts';
import type { Settings } from '../settings.ts';
import { type DeclaredListener, type Finding, finding, sourceOf } from './listeners.ts';
import { isSupported, protocolOf } from './protocols.ts';

/** Where the proxies of a Gateway listen. */
export interface Place {
  /** Absent if no address that the Gateway asks for can be had. */
  readonly address?: string;
  /** Reasons of `Accepted: UnsupportedAddress`. */
  readonly unsupported: readonly Diagnostic[];
  /** Reasons of `Programmed: AddressNotUsable`. */
  readonly unusable: readonly Diagnostic[];
}

/**
 * The address that `spec.addresses` gives a Gateway. Standalone: the bind address, or one loopback address of its own. In
 * Kubernetes proxies bind all addresses of their Pods, and the platform assigns what clients see.
 */
export function placeOf(gateway: Gateway, settings: Settings): Place {
  const { object } = sourceOf(gateway);
  const { spec } = gateway;
  const unsupported: Diagnostic[] = [];
  const unusable: Diagnostic[] = [];
  const usable: string[] = [];
  for (const [index, { type, value = '', routability = '' }] of (spec.addresses ?? []).entries()) {
    const problem = { object, severity: 'error', field: `spec.addresses[${index}]` } as const;
    if (!supportedTypes(settings).includes(type)) {
      const message = `Addresses of type ${type} are not supported.`;
      const fix = `Use ${supportedTypes(settings).join(' or ')}.`;
      unsupported.push({ ...problem, code: 'UnsupportedAddress', message, fix });
    } else if (routability !== '') {
      const message = `Routability ${routability} is not supported.`;
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix: 'Leave routability out.' });
    } else if (
      settings.mode === 'standalone' && value !== '' && value !== settings.bind && !isLoopback(value)
    ) {
      const message = `Address ${value} is neither ${settings.bind} nor a loopback address.`;
      const fix = 'Use an address of 127.0.0.0/8, or start with this address to bind.';
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix });
    } else if (settings.mode === 'standalone' && usable.length > 0) {
      const message = `Address ${
        value === '' ? settings.bind : value
      } is the Gateway's second; it can have one.`;
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix: 'Leave all but one address out.' });
    } else {
      usable.push(value === '' ? settings.bind : value);
    }
  }
  if (settings.mode === 'kubernetes') return { address: '0.0.0.0', unsupported, unusable };
  const [address] = (spec.addresses ?? []).length === 0 ? [settings.bind] : usable;
  return address === undefined ? { unsupported, unusable } : { address, unsupported, unusable };
}

function supportedTypes({ mode }: Settings): readonly string[] {
  return mode === 'standalone' ? ['IPAddress'] : ['IPAddress', 'Hostname'];
}

function isLoopback(value: string): boolean {
  return value === '::1' || (isIP(value) === 4 && value.startsWith('127.'));
}

/** The port that proxies bind: standalone mode shifts privileged ones. */
export function bindPortOf(port: number, { mode, privilegedPortShift }: Settings): number {
  return mode === 'standalone' && port < 1024 ? port + privilegedPortShift : port;
}

/** One Gateway wants one address and port of this machine (standalone mode). `key` is `place|namespace/name`. */
export interface GatewayBind extends Keyed {
  /** `[address]:port/transport`. */
  readonly place: string;
  readonly gateway: ObjectRef;
  /** ms since the epoch. */
  readonly created: number;
}

export interface BindReads extends ListenerSetReads {
  readonly settings: Settings;
  readonly classes: Collection<OurGatewayClass>;
}

/** What a Gateway and its ListenerSets want to bind; nothing in Kubernetes, where each Gateway has its own proxies. */
export function gatewayBinds(gateway: Gateway, fetch: Fetch, reads: BindReads): readonly GatewayBind[] {
  if (reads.settings.mode === 'kubernetes') return [];
  if (fetch.one(reads.classes, gateway.spec.gatewayClassName) === undefined) return [];
  const { address } = placeOf(gateway, reads.settings);
  if (address === undefined) return [];
  const own = sourceOf(gateway);
  const sets = listenerSetsOf(gateway, fetch, reads).allowed.map(sourceOf);
  const places = [own, ...sets].flatMap(({ listeners }) => listeners)
    .filter(({ spec }) => isSupported(spec.protocol))
    .map((listener) => placeKey(address, listener, reads.settings));
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

/** Finds listeners whose address and port belong to an older Gateway, or to another port of this one, by listener key. */
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
    const place = placeKey(address, listener, settings);
    const holder = holderOf(fetch.by(binds, place));
    const first = portOfPlace.get(place) ?? port;
    portOfPlace.set(place, first);
    const bindPort = bindPortOf(port, settings);
    if (holder !== undefined && `${holder.namespace}/${holder.name}` !== gateway.key) {
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

function placeKey(address: string, { spec }: DeclaredListener, settings: Settings): string {
  return `[${address}]:${bindPortOf(spec.port, settings)}/${protocolOf(spec.protocol)?.transport}`;
}

import type { Bucket, Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import { describe, type ObjectRef } from '../../lib/model/mod.ts';
import { HEALTH_PORT, type Settings } from '../settings.ts';
import type { Conflict } from './conflicts.ts';
import type { GatewayFrame } from './frame.ts';
import { type DeclaredListener, type Finding, finding } from './listeners.ts';
import { bindPortOf } from './place.ts';
import { isSupported, protocolOf } from './protocols.ts';
import { type AttachedListener, byRank, type Rank } from './sources.ts';

/** One Gateway wants one address and port of this machine (standalone mode). `key` is `place|namespace/name`. */
export interface GatewayBind extends Keyed {
  /** `[address]:port/transport`. */
  readonly place: string;
  readonly gateway: ObjectRef;
  /** ms since the epoch. */
  readonly created: number;
  /** Of the spec, that of the first of its listeners. */
  readonly port?: number;
}

/** A listener that wants a place. `key` is `place|listener`. */
export interface PlaceClaim extends Keyed {
  readonly place: string;
  readonly gateway: ObjectRef;
  readonly created: number;
  readonly rank: Rank;
  /** In the spec; absent for one that conflicts with another. */
  readonly port?: number;
}

export interface ClaimReads {
  readonly settings: Settings;
  readonly frames: Collection<GatewayFrame>;
  readonly conflicts: Collection<Conflict>;
}

/** What a listener wants to bind; nothing in Kubernetes, where each Gateway has its own proxies. */
export function placeClaims(
  { key, gateway, rank, declared: { spec } }: AttachedListener,
  fetch: Fetch,
  { settings, frames, conflicts }: ClaimReads,
): readonly PlaceClaim[] {
  if (settings.mode === 'kubernetes' || !isSupported(spec.protocol)) return [];
  const frame = fetch.one(frames, gateway);
  const address = frame?.admission.place.address;
  // A Gateway that is not accepted keeps no port from others.
  if (frame === undefined || address === undefined || frame.admission.refusals.length > 0) return [];
  const place = placeKey(address, socketOf(spec), settings);
  const conflicting = fetch.one(conflicts, key) !== undefined;
  return [{
    key: `${place}|${key}`,
    place,
    gateway: frame.gateway,
    created: frame.created,
    rank,
    ...(conflicting ? {} : { port: spec.port }),
  }];
}

/** Index bucket of a claim: the key of the bind. */
export function bindOfClaim({ place, gateway }: PlaceClaim): readonly string[] {
  return [`${place}|${gateway.namespace}/${gateway.name}`];
}

/** What the listeners of one Gateway want as one. */
export function gatewayBind({ key, members }: Bucket<PlaceClaim>): GatewayBind | undefined {
  const [some] = members;
  if (some === undefined) return undefined;
  const { place, gateway, created } = some;
  let first: PlaceClaim | undefined;
  for (const claim of members) {
    if (claim.port !== undefined && (first === undefined || byRank(claim, first) < 0)) first = claim;
  }
  return { key, place, gateway, created, ...(first?.port === undefined ? {} : { port: first.port }) };
}

/** Index bucket of a bind. */
export function bindBuckets({ place }: GatewayBind): readonly string[] {
  return [place];
}

/** Why a listener cannot have its port: it belongs to an older Gateway, to another port of this one, or to the proxies. */
export function portFinding(
  { declared: listener }: AttachedListener,
  fetch: Fetch,
  { frame: { key: gateway, admission }, binds, settings }: {
    readonly frame: GatewayFrame;
    readonly binds: Index<GatewayBind>;
    readonly settings: Settings;
  },
): Finding | undefined {
  const { port, protocol } = listener.spec;
  const { address } = admission.place;
  if (address === undefined || !isSupported(protocol)) return undefined;
  if (settings.mode === 'kubernetes') {
    if (port !== HEALTH_PORT || protocolOf(protocol)?.transport !== 'tcp') return undefined;
    const message = `Port ${port} is where the proxies tell of their health.`;
    return unavailable(listener, { message, fix: 'Use another port.' });
  }
  const bindPort = bindPortOf(port, settings);
  const claims = fetch.by(binds, placeKey(address, socketOf(listener.spec), settings));
  const holder = holderOf(claims);
  if (holder !== undefined && `${holder.namespace}/${holder.name}` !== gateway) {
    const message = `Gateway/${gateway} cannot have port ${bindPort} of ${address}: ${
      describe(holder)
    } has it.`;
    const fix = 'Use another port, or give the Gateway a loopback address of its own in spec.addresses.';
    return unavailable(listener, { message, fix });
  }
  const first = claims.find(({ key }) => key.endsWith(`|${gateway}`))?.port ?? port;
  if (first === port) return undefined;
  const message = `Port ${port} is bound as ${bindPort}, and so is port ${first} of the same Gateway.`;
  return unavailable(listener, { message, fix: 'Use another port, or another shift of ports.' });
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

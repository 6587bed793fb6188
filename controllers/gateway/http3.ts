import type { Fetch, Index } from '../../lib/graph/types.ts';
import { describe, type Diagnostic } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { type GatewayBind, placeKey } from './binds.ts';
import type { GatewayFrame } from './frame.ts';
import type { JudgedAttached } from './judge.ts';
import { bindPortOf } from './place.ts';
import { type AttachedListener, byRank, transportPort } from './sources.ts';

export interface Http3Reads {
  readonly settings: Settings;
  readonly binds: Index<GatewayBind>;
  /** By `portOf`. */
  readonly listenersByPort: Index<AttachedListener>;
}

export interface Http3 {
  /** Keys of the listeners that speak it. */
  readonly listeners: ReadonlySet<string>;
  /** Told to those that do not, though it is asked for. */
  readonly notes: readonly Diagnostic[];
}

/** Which HTTPS listeners of a port speak HTTP/3, which is on the UDP port of the same number. */
export function http3Of(
  servable: readonly JudgedAttached[],
  fetch: Fetch,
  context: Http3Reads & { readonly frame: GatewayFrame },
): Http3 {
  const listeners = new Set<string>();
  const notes: Diagnostic[] = [];
  if (context.frame.admission.parameters.http3 !== true) return { listeners, notes };
  const [first] = servable;
  const taken = first && takenBy(first.declared.spec.port, fetch, context);
  for (const { judged: { tls }, declared: { key, spec, parent, field } } of servable) {
    if (tls === undefined || spec.protocol !== 'HTTPS') continue;
    // Whoever lists protocols without it wants none.
    if (!tls.alpn.includes('h3')) continue;
    const obstacle = obstacleOf(tls) ?? taken;
    if (obstacle === undefined) listeners.add(key);
    else {
      const message = `The listener does not speak HTTP/3: ${obstacle}.`;
      notes.push({ object: parent, severity: 'warning', code: 'NoHttp3', field, message });
    }
  }
  return { listeners, notes };
}

function obstacleOf(tls: NonNullable<JudgedAttached['judged']['tls']>): string | undefined {
  // Proxies only begin to ask for certificates over QUIC, and who must show one must not get by without.
  if (tls.clientValidation !== undefined) return 'it asks clients for certificates';
  if (tls.maxVersion !== undefined && tls.maxVersion !== '1.3') return 'that needs TLS 1.3';
  return undefined;
}

/** Who has the UDP port. */
function takenBy(
  port: number,
  fetch: Fetch,
  { frame, settings, binds, listenersByPort }: Http3Reads & { readonly frame: GatewayFrame },
): string | undefined {
  const bound = bindPortOf(port, settings);
  const same = [...new Set([port, bound, bound - settings.privilegedPortShift])]
    .filter((other) => bindPortOf(other, settings) === bound);
  const [udp] = same.flatMap((other) => fetch.by(listenersByPort, transportPort(frame.key, other, 'udp')))
    .sort(byRank);
  if (udp !== undefined) return `listener ${udp.key} has UDP port ${port}`;
  const { address } = frame.admission.place;
  if (address === undefined) return undefined;
  const place = placeKey(address, { port, transport: 'udp' }, settings);
  const holder = fetch.by(binds, place).find((bind) => describe(bind.gateway) !== describe(frame.gateway));
  return holder && `${describe(holder.gateway)} has UDP port ${port}`;
}

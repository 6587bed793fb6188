import type { Fetch, Index } from '../../lib/graph/types.ts';
import { describe, type Diagnostic, type ObjectRef } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { type GatewayBind, placeKey } from './binds.ts';
import type { JudgedListener } from './judge.ts';
import { bindPortOf } from './place.ts';
import { protocolOf } from './protocols.ts';

export interface Http3Context {
  /** Whether the parameters of the Gateway ask for it. */
  readonly wanted: boolean;
  readonly gateway: ObjectRef;
  readonly address: string | undefined;
  readonly settings: Settings;
  readonly binds: Index<GatewayBind>;
}

export interface Http3 {
  /** Keys of the listeners that speak it. */
  readonly listeners: ReadonlySet<string>;
  /** Told to those that do not, though it is asked for. */
  readonly notes: readonly Diagnostic[];
}

/** Which HTTPS listeners of a Gateway speak HTTP/3, which is on the UDP port of the same number. */
export function http3Of(all: readonly JudgedListener[], fetch: Fetch, context: Http3Context): Http3 {
  const listeners = new Set<string>();
  const notes: Diagnostic[] = [];
  if (!context.wanted) return { listeners, notes };
  for (const listener of all) {
    const { servable, tls, declared: { key, spec, parent, field } } = listener;
    if (!servable || tls === undefined || spec.protocol !== 'HTTPS') continue;
    // Whoever lists protocols without it wants none.
    if (!tls.alpn.includes('h3')) continue;
    const obstacle = obstacleOf(listener, all, { ...context, fetch });
    if (obstacle === undefined) listeners.add(key);
    else {
      const message = `The listener does not speak HTTP/3: ${obstacle}.`;
      notes.push({ object: parent, severity: 'warning', code: 'NoHttp3', field, message });
    }
  }
  return { listeners, notes };
}

function obstacleOf(
  { tls, declared: { spec } }: JudgedListener,
  all: readonly JudgedListener[],
  { gateway, address, settings, binds, fetch }: Http3Context & { readonly fetch: Fetch },
): string | undefined {
  const { port } = spec;
  // Proxies only begin to ask for certificates over QUIC, and who must show one must not get by without.
  if (tls?.clientValidation !== undefined) return 'it asks clients for certificates';
  if (tls?.maxVersion !== undefined && tls.maxVersion !== '1.3') return 'that needs TLS 1.3';
  const udp = all.find(({ declared }) =>
    bindPortOf(declared.spec.port, settings) === bindPortOf(port, settings) &&
    protocolOf(declared.spec.protocol)?.transport === 'udp'
  );
  if (udp !== undefined) return `listener ${udp.declared.key} has UDP port ${port}`;
  if (address === undefined) return undefined;
  const place = placeKey(address, { port, transport: 'udp' }, settings);
  const holder = fetch.by(binds, place).find((bind) => describe(bind.gateway) !== describe(gateway));
  return holder && `${describe(holder.gateway)} has UDP port ${port}`;
}

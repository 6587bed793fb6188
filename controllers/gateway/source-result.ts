import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { ListenerProjection, ListenerVerdict } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { chainIdOf, type HttpsShare, portKey } from './chains.ts';
import type { Overlap } from './conflicts.ts';
import type { GatewayFrame } from './frame.ts';
import type { JudgedAttached, JudgedListener } from './judge.ts';
import { listenerVerdict } from './listener-verdict.ts';
import { projectionOf } from './projections.ts';
import { type AttachedSource, portOf } from './sources.ts';

/** What the listeners of a Gateway, or of one of its ListenerSets, become. `key` is `Kind/namespace/name`. */
export interface SourceResult extends Omit<AttachedSource, keyof Keyed>, Keyed {
  readonly fleet: string;
  /** In the order of the spec; none of a ListenerSet that is not let in. */
  readonly listeners: readonly SourceListener[];
  readonly projections: readonly ListenerProjection[];
}

export interface SourceListener {
  readonly judged: JudgedListener;
  readonly verdict: ListenerVerdict;
}

export interface SourceResultReads {
  readonly settings: Settings;
  readonly frames: Collection<GatewayFrame>;
  readonly judged: Collection<JudgedAttached>;
  readonly shares: Collection<HttpsShare>;
  readonly overlaps: Collection<Overlap>;
}

export function sourceResult(
  attached: AttachedSource,
  fetch: Fetch,
  { settings, frames, judged, shares, overlaps }: SourceResultReads,
): SourceResult | undefined {
  const { gateway: key, source, allowed } = attached;
  const frame = fetch.one(frames, key);
  if (frame === undefined) return undefined;
  const { gateway, fleet, client, binds } = frame;
  const projecting = { gateway, fleet, settings, clientCertificate: client.use?.name };
  if (!allowed) {
    const projections = source.listeners.map((declared) => projectionOf(declared, projecting));
    return { ...attached, fleet, listeners: [], projections };
  }
  const listeners: SourceListener[] = [];
  const projections: ListenerProjection[] = [];
  for (const declared of source.listeners) {
    const listener = fetch.one(judged, declared.key)?.judged;
    if (listener === undefined) continue;
    const [port = ''] = portOf({ gateway: key, declared });
    const chainId = chainIdOf(listener, fetch.one(shares, port));
    projections.push(projectionOf(declared, { ...projecting, judged: listener, chainId }));
    const served = binds !== undefined && listener.servable ? portKey(gateway, declared.spec) : undefined;
    const overlapping = fetch.one(overlaps, declared.key) !== undefined;
    const { generation } = source;
    listeners.push({
      judged: listener,
      verdict: listenerVerdict(listener, { generation, overlaps: overlapping, served }),
    });
  }
  return { ...attached, fleet, listeners, projections };
}

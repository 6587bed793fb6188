import type { Gateway } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { Namespace } from '../../lib/api/namespace.ts';
import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import { createdAt, listenerSetBuckets } from '../listener-set/attached.ts';
import { namespaceAllowed } from '../namespace/allowed.ts';
import type { GatewayFrame } from './frame.ts';
import { type DeclaredListener, type ListenerSource, sourceOf } from './listeners.ts';
import { protocolOf } from './protocols.ts';

/** A Gateway of ours, or a ListenerSet that names one as its parent. `key` is `Kind/namespace/name`. */
export interface AttachedSource extends Keyed {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  /** ms since the epoch; less than any for the Gateway itself. */
  readonly created: number;
  /** Whether `spec.allowedListeners` of the Gateway lets it in. */
  readonly allowed: boolean;
  readonly source: ListenerSource;
}

/** A listener that is let in. `key` is that of the ListenerProjection. */
export interface AttachedListener extends Keyed {
  readonly gateway: string;
  readonly rank: Rank;
  readonly declared: DeclaredListener;
}

/** Precedence among the listeners of a Gateway (GEP-1713). */
export interface Rank {
  readonly created: number;
  readonly source: string;
  readonly index: number;
}

export interface SourceReads {
  readonly frames: Collection<GatewayFrame>;
  readonly namespaces: Collection<Namespace>;
}

export function ownSource(
  gateway: Gateway,
  fetch: Fetch,
  { frames }: Pick<SourceReads, 'frames'>,
): AttachedSource | undefined {
  if (fetch.one(frames, gateway.key) === undefined) return undefined;
  const { key } = gateway;
  return {
    key: `Gateway/${key}`,
    gateway: key,
    created: Number.NEGATIVE_INFINITY,
    allowed: true,
    source: sourceOf(gateway),
  };
}

export function setSource(
  set: ListenerSet,
  fetch: Fetch,
  { frames, namespaces }: SourceReads,
): AttachedSource | undefined {
  const [gateway] = listenerSetBuckets(set);
  const frame = gateway === undefined ? undefined : fetch.one(frames, gateway);
  if (frame === undefined) return undefined;
  const namespace = set.metadata.namespace ?? '';
  return {
    key: `ListenerSet/${set.key}`,
    gateway: frame.key,
    created: createdAt(set),
    allowed: namespaceAllowed(fetch, namespaces, { rule: frame.sets, namespace }),
    source: sourceOf(set),
  };
}

export function attachedListeners(
  { key, gateway, created, allowed, source }: AttachedSource,
): readonly AttachedListener[] {
  if (!allowed) return [];
  return source.listeners.map((declared, index) => ({
    key: declared.key,
    gateway,
    rank: { created, source: key, index },
    declared,
  }));
}

/** Index bucket of a listener: what shares its port, told apart by transport. */
export function portOf(
  { gateway, declared: { spec } }: Pick<AttachedListener, 'gateway' | 'declared'>,
): readonly string[] {
  return [transportPort(gateway, spec.port, protocolOf(spec.protocol)?.transport ?? '')];
}

/** See `portOf`. */
export function transportPort(gateway: string, port: number, transport: string): string {
  return `${gateway}|${port}/${transport}`;
}

/** The Gateway's own listeners, then those of older ListenerSets, then by name; as their specs have them. */
export function byRank({ rank: a }: { readonly rank: Rank }, { rank: b }: { readonly rank: Rank }): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.index - b.index;
}

import type { Gateway, ListenerNamespaces } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { Namespace } from '../../lib/api/namespace.ts';
import type { KubeObject } from '../../lib/api/object.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { NamespaceRule } from '../flow.ts';
import { namespaceAllowed } from '../namespace/allowed.ts';

export interface ListenerSetReads {
  /** By parent Gateway, see `listenerSetBuckets`. */
  readonly listenerSets: Index<ListenerSet>;
  readonly namespaces: Collection<Namespace>;
}

/** The ListenerSets that name a Gateway as their parent, in order of precedence (GEP-1713). */
export interface ListenerSetsOf {
  readonly allowed: readonly ListenerSet[];
  /** Not let in by `spec.allowedListeners`. */
  readonly refused: readonly ListenerSet[];
}

/** Index bucket of a ListenerSet: `namespace/name` of its parent Gateway. */
export function listenerSetBuckets({ metadata, spec: { parentRef } }: ListenerSet): readonly string[] {
  if (parentRef.group !== 'gateway.networking.k8s.io' || parentRef.kind !== 'Gateway') return [];
  return [`${parentRef.namespace ?? metadata.namespace ?? ''}/${parentRef.name}`];
}

export function listenerSetsOf(gateway: Gateway, fetch: Fetch, reads: ListenerSetReads): ListenerSetsOf {
  const rule = namespaceRule(gateway);
  const allowed: ListenerSet[] = [];
  const refused: ListenerSet[] = [];
  for (const set of [...fetch.by(reads.listenerSets, gateway.key)].sort(byAge)) {
    const namespace = set.metadata.namespace ?? '';
    (namespaceAllowed(fetch, reads.namespaces, { rule, namespace }) ? allowed : refused).push(set);
  }
  return { allowed, refused };
}

/** Older objects first, then by `namespace/name`; objects of a folder are all equally old. */
export function byAge(a: KubeObject, b: KubeObject): number {
  return createdAt(a) - createdAt(b) || (a.key < b.key ? -1 : Number(a.key > b.key));
}

/** ms since the epoch; 0 if unknown. */
export function createdAt({ metadata: { creationTimestamp } }: KubeObject): number {
  return creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp);
}

function namespaceRule({ metadata, spec: { allowedListeners } }: Gateway): NamespaceRule {
  const { from, selector }: ListenerNamespaces = allowedListeners?.namespaces ?? { from: 'None' };
  if (from === 'Same') return { from, namespace: metadata.namespace ?? '' };
  if (from !== 'Selector') return { from };
  // As everywhere in Kubernetes, no selector selects nothing and an empty one everything.
  return selector === undefined ? { from: 'None' } : { from, selector };
}

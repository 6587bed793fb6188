import type { Gateway, ListenerNamespaces } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { KubeObject } from '../../lib/api/object.ts';
import type { NamespaceRule } from '../flow.ts';

/** Index bucket of a ListenerSet: `namespace/name` of its parent Gateway. */
export function listenerSetBuckets({ metadata, spec: { parentRef } }: ListenerSet): readonly string[] {
  if (parentRef.group !== 'gateway.networking.k8s.io' || parentRef.kind !== 'Gateway') return [];
  return [`${parentRef.namespace ?? metadata.namespace ?? ''}/${parentRef.name}`];
}

/** ms since the epoch; 0 if unknown. */
export function createdAt({ metadata: { creationTimestamp } }: KubeObject): number {
  return creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp);
}

/** Who may attach listeners of their own. */
export function namespaceRule({ metadata, spec: { allowedListeners } }: Gateway): NamespaceRule {
  const { from, selector }: ListenerNamespaces = allowedListeners?.namespaces ?? { from: 'None' };
  if (from === 'Same') return { from, namespace: metadata.namespace ?? '' };
  if (from !== 'Selector') return { from };
  // As everywhere in Kubernetes, no selector selects nothing and an empty one everything.
  return selector === undefined ? { from: 'None' } : { from, selector };
}

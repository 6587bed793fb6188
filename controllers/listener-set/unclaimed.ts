import type { Gateway } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { DiagnosticSet } from '../flow.ts';
import { listenerSetBuckets } from './attached.ts';

export interface UnclaimedListenerSetReads {
  readonly gateways: Collection<Gateway>;
}

/** Tells of a ListenerSet whose parent is missing or no Gateway; others are told of with their Gateway. */
export function unclaimedListenerSet(
  set: ListenerSet,
  fetch: Fetch,
  { gateways }: UnclaimedListenerSetReads,
): DiagnosticSet | undefined {
  const [parent] = listenerSetBuckets(set);
  if (parent !== undefined && fetch.one(gateways, parent) !== undefined) return undefined;
  const { kind, group } = set.spec.parentRef;
  const diagnostic: Diagnostic = {
    object: {
      group: 'gateway.networking.k8s.io',
      kind: 'ListenerSet',
      namespace: set.metadata.namespace ?? '',
      name: set.metadata.name,
    },
    severity: 'error',
    code: 'ParentNotFound',
    field: 'spec.parentRef',
    message: parent === undefined
      ? `${kind} of group ${group} cannot be the parent of a ListenerSet.`
      : `Gateway/${parent} does not exist.`,
    fix: 'Name an existing Gateway that allows ListenerSets of this namespace.',
  };
  return { key: `ListenerSet/${set.key}`, diagnostics: [diagnostic] };
}

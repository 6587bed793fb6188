import type { Gateway } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { Listener } from '../../lib/api/listener.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';

export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** A Gateway or ListenerSet with what it declares. */
export interface ListenerSource {
  readonly object: ObjectRef;
  readonly generation: number;
  readonly listeners: readonly DeclaredListener[];
}

export interface DeclaredListener {
  /** Key of the ListenerProjection: `Kind/namespace/name/section`. */
  readonly key: string;
  readonly parent: ObjectRef;
  /** Path in the parent, such as `spec.listeners[0]`. */
  readonly field: string;
  readonly spec: Listener;
  /** Lower case; absent for any. */
  readonly hostname?: string;
}

/** Something wrong with a listener, and the condition that says so; `code` of the diagnostic is the reason. */
export interface Finding {
  readonly condition: 'Accepted' | 'Conflicted' | 'ResolvedRefs';
  readonly diagnostic: Diagnostic;
}

export function sourceOf(parent: Gateway | ListenerSet): ListenerSource {
  const { kind, metadata: { namespace = '', name, generation } } = parent;
  const object: ObjectRef = { group: GATEWAY_API_GROUP, kind, namespace, name };
  const listeners = parent.spec.listeners.map((spec, index): DeclaredListener => {
    const declared = {
      key: `${kind}/${namespace}/${name}/${spec.name}`,
      parent: object,
      field: `spec.listeners[${index}]`,
      spec,
    };
    return spec.hostname === undefined ? declared : { ...declared, hostname: spec.hostname.toLowerCase() };
  });
  return { object, generation, listeners };
}

/** A finding about a field of the listener, given relative to it: `.protocol`, or `''` for the listener as a whole. */
export function finding(
  { parent, field }: DeclaredListener,
  { condition, at, ...rest }: Omit<Diagnostic, 'object' | 'severity' | 'field'> & {
    readonly condition: Finding['condition'];
    readonly at: string;
  },
): Finding {
  return { condition, diagnostic: { object: parent, severity: 'error', field: `${field}${at}`, ...rest } };
}

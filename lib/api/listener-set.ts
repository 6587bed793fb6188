import type { Condition } from './condition.ts';
import type { Listener, ListenerStatus } from './listener.ts';
import type { KubeObject } from './object.ts';

/** Further listeners for a Gateway (GEP-1713). */
export interface ListenerSet extends KubeObject {
  readonly kind: 'ListenerSet';
  readonly spec: ListenerSetSpec;
}

export interface ListenerSetSpec {
  readonly parentRef: ParentGatewayReference;
  /** 1 to 64, with unique names. */
  readonly listeners: readonly ListenerEntry[];
}

export interface ParentGatewayReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent: the namespace of the ListenerSet. */
  readonly namespace?: string | undefined;
}

export interface ListenerEntry extends Listener {}

export interface ListenerSetStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly listeners?: readonly ListenerEntryStatus[] | undefined;
}

export interface ListenerEntryStatus extends ListenerStatus {}

import { z } from 'zod';

import { type Condition, conditionsSchema } from './condition.ts';
import {
  type Listener,
  listenerEntrySchema,
  listenerListRules,
  type ListenerStatus,
  listenerStatusesSchema,
} from './listener.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { groupSchema, kindNameSchema, namespaceNameSchema, objectNameSchema } from './names.ts';
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

export const listenerSetSchema: z.ZodType<Manifest<ListenerSet>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('ListenerSet'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    parentRef: z.object({
      group: groupSchema.default('gateway.networking.k8s.io'),
      kind: kindNameSchema.default('Gateway'),
      name: objectNameSchema,
      namespace: namespaceNameSchema.optional(),
    }),
    listeners: z.array(listenerEntrySchema).min(1).max(64).check(...listenerListRules('e3e62c2a')),
  }),
});

export const listenerSetStatusSchema: z.ZodType<ListenerSetStatus> = z.object({
  conditions: conditionsSchema.optional(),
  listeners: listenerStatusesSchema.optional(),
});

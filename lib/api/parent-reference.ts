import { z } from 'zod';

import {
  groupSchema,
  kindNameSchema,
  namespaceNameSchema,
  objectNameSchema,
  portNumberSchema,
  sectionNameSchema,
} from './names.ts';
import { itemRule } from './rule.ts';

/** What a route, listener set or status entry is attached to: a Gateway, a ListenerSet or, in a mesh, a Service. */
export interface ParentReference {
  /** `gateway.networking.k8s.io` by default; empty for core kinds. */
  readonly group: string;
  /** `Gateway` by default. */
  readonly kind: string;
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly sectionName?: string | undefined;
  readonly port?: number | undefined;
}

export type GatewayDefaultScope = 'All' | 'None';

/** The part of a route's `spec` that all route kinds share. */
export interface CommonRouteSpec {
  readonly parentRefs?: readonly ParentReference[] | undefined;
  readonly useDefaultGateways?: GatewayDefaultScope | undefined;
}

export const parentReferenceSchema: z.ZodType<ParentReference> = z.object({
  group: groupSchema.default('gateway.networking.k8s.io'),
  kind: kindNameSchema.default('Gateway'),
  namespace: namespaceNameSchema.optional(),
  name: objectNameSchema,
  sectionName: sectionNameSchema.optional(),
  port: portNumberSchema.optional(),
});

function sameParent(a: ParentReference, b: ParentReference): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
}

/** The fields of `spec` that all route kinds share. */
export const commonRouteFields: {
  readonly parentRefs: z.ZodType<ParentReference[] | undefined>;
  readonly useDefaultGateways: z.ZodType<GatewayDefaultScope | undefined>;
} = {
  parentRefs: z.array(parentReferenceSchema).max(32).check(
    itemRule<ParentReference>(
      '30e99257',
      (a, list) =>
        list.every((b) =>
          !sameParent(a, b) ||
          ((a.sectionName === undefined) === (b.sectionName === undefined) &&
            (a.port === undefined) === (b.port === undefined))
        ),
      { message: 'another parentRef has the same parent: all of them, or none, need a sectionName or port' },
    ),
    itemRule<ParentReference>(
      '8392cce9',
      (a, list) =>
        list.every((b) =>
          a === b || !sameParent(a, b) || a.sectionName !== b.sectionName || a.port !== b.port
        ),
      { message: 'another parentRef has the same parent, sectionName and port' },
    ),
  ).optional(),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
};

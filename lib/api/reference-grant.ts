import { z } from 'zod';

import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { groupSchema, kindNameSchema, namespaceNameSchema, objectNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';

/** Lets objects of other namespaces refer to objects of its own. */
export interface ReferenceGrant extends KubeObject {
  readonly kind: 'ReferenceGrant';
  readonly spec: ReferenceGrantSpec;
}

export interface ReferenceGrantSpec {
  readonly from: readonly ReferenceGrantFrom[];
  readonly to: readonly ReferenceGrantTo[];
}

export interface ReferenceGrantFrom {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

export interface ReferenceGrantTo {
  readonly group: string;
  readonly kind: string;
  /** Absent: all objects of the kind. */
  readonly name?: string | undefined;
}

export const referenceGrantSchema: z.ZodType<Manifest<ReferenceGrant>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('ReferenceGrant'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    from: z.array(z.object({ group: groupSchema, kind: kindNameSchema, namespace: namespaceNameSchema }))
      .min(1).max(16),
    to: z.array(z.object({ group: groupSchema, kind: kindNameSchema, name: objectNameSchema.optional() }))
      .min(1).max(16),
  }),
});

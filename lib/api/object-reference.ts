import { z } from 'zod';

import { groupSchema, kindNameSchema, namespaceNameSchema, objectNameSchema } from './names.ts';

/** An object of the same namespace. */
export interface LocalObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** An object of any namespace; another one needs a ReferenceGrant. */
export interface ObjectReference extends LocalObjectReference {
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
}

/** A Secret unless `group` and `kind` say otherwise. */
export interface SecretObjectReference extends ObjectReference {}

export const localObjectReferenceSchema: z.ZodType<LocalObjectReference> = z.object({
  group: groupSchema,
  kind: kindNameSchema,
  name: objectNameSchema,
});

export const objectReferenceSchema: z.ZodType<ObjectReference> = z.object({
  group: groupSchema,
  kind: kindNameSchema,
  name: objectNameSchema,
  namespace: namespaceNameSchema.optional(),
});

export const secretObjectReferenceSchema: z.ZodType<SecretObjectReference> = z.object({
  group: groupSchema.default(''),
  kind: kindNameSchema.default('Secret'),
  name: objectNameSchema,
  namespace: namespaceNameSchema.optional(),
});

import { z } from 'zod';

import {
  groupSchema,
  kindNameSchema,
  namespaceNameSchema,
  objectNameSchema,
  portNumberSchema,
} from './names.ts';
import { rule } from './rule.ts';

/** A Service unless `group` and `kind` say otherwise; another namespace needs a ReferenceGrant. */
export interface BackendObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
  /** The Service's port (not its target port); required for Services. */
  readonly port?: number | undefined;
}

export interface BackendRef extends BackendObjectReference {
  /** Its share of the sum of the weights of the rule's backends; 0 gets nothing, 1 by default. */
  readonly weight: number;
}

/** The fields of a reference to a backend, for the kinds of references that add more. */
export const backendObjectReferenceFields: {
  readonly group: z.ZodDefault<z.ZodType<string>>;
  readonly kind: z.ZodDefault<z.ZodType<string>>;
  readonly name: z.ZodType<string>;
  readonly namespace: z.ZodOptional<z.ZodType<string>>;
  readonly port: z.ZodOptional<z.ZodType<number>>;
} = {
  group: groupSchema.default(''),
  kind: kindNameSchema.default('Service'),
  name: objectNameSchema,
  namespace: namespaceNameSchema.optional(),
  port: portNumberSchema.optional(),
};

export const backendRefFields: typeof backendObjectReferenceFields & {
  readonly weight: z.ZodDefault<z.ZodType<number>>;
} = {
  ...backendObjectReferenceFields,
  weight: (z.int32().min(0).max(1_000_000) as z.ZodType<number>).default(1),
};

/** The rules that hold for every reference to a backend. */
export const backendReferenceRules: readonly z.core.$ZodCheck<BackendObjectReference>[] = [
  rule('089ed26a', (ref) => ref.group !== '' || ref.kind !== 'Service' || ref.port !== undefined, {
    message: 'is required for a Service',
    path: ['port'],
  }),
  rule('91f0c17f', (ref) => !isXBackend(ref) || ref.port === undefined, {
    message: 'must be absent for an XBackend, which has a port of its own',
    path: ['port'],
  }),
];

function isXBackend(ref: BackendObjectReference): boolean {
  return ref.group === 'gateway.networking.x-k8s.io' && ref.kind === 'XBackend';
}

export const backendObjectReferenceSchema: z.ZodType<BackendObjectReference> = z
  .object(backendObjectReferenceFields).check(...backendReferenceRules);

export const backendRefSchema: z.ZodType<BackendRef> = z.object(backendRefFields)
  .check(...backendReferenceRules);

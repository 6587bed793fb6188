import { z } from 'zod';

import {
  isQualifiedName,
  labelValueSchema,
  namespaceNameSchema,
  objectNameSchema,
  subdomainSchema,
} from './names.ts';
import type { KubeObject, ObjectMeta } from './object.ts';

/** An object as a manifest has it: without the key that `decode` adds. */
export type Manifest<K extends KubeObject> = K extends KubeObject ? Omit<K, 'key'> : never;

const kubectlCopy = 'kubectl.kubernetes.io/last-applied-configuration';
const maxAnnotationLength = 256 * 1024;

function labelKeys(payload: z.core.ParsePayload<Record<string, string>>): void {
  reportKeys(payload, isQualifiedName);
}

/** As for labels, but the API server ignores case. */
function annotationKeys(payload: z.core.ParsePayload<Record<string, string>>): void {
  reportKeys(payload, (key) => isQualifiedName(key.toLowerCase()));
}

function reportKeys(
  payload: z.core.ParsePayload<Record<string, string>>,
  isValid: (key: string) => boolean,
): void {
  for (const key of Object.keys(payload.value)) {
    if (isValid(key)) continue;
    const message =
      `key is not up to 63 letters, digits, '-', '_' and '.', after an optional DNS name and '/'`;
    payload.issues.push({ code: 'custom', message, path: [key], input: payload.value, continue: true });
  }
}

/** Drops kubectl's copy of the manifest: it is often larger than the object. */
function boundedAnnotations(payload: z.core.ParsePayload<Record<string, string>>): void {
  let length = 0;
  for (const [key, value] of Object.entries(payload.value)) length += key.length + value.length;
  if (length > maxAnnotationLength) {
    const message = `annotations are longer than ${maxAnnotationLength} characters together`;
    payload.issues.push({ code: 'custom', message, input: payload.value, continue: true });
  }
  if (!(kubectlCopy in payload.value)) return;
  payload.value = Object.fromEntries(Object.entries(payload.value).filter(([key]) => key !== kubectlCopy));
}

const commonMetaFields = {
  labels: z.record(z.string(), labelValueSchema).check(labelKeys).optional(),
  annotations: z.record(z.string(), z.string()).check(annotationKeys, boundedAnnotations).optional(),
  generation: z.int().min(0).default(1),
  uid: z.string().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
};

/** Metadata of namespaced objects that are named as most are, by a DNS name. */
export const namespacedMetaSchema: z.ZodType<ObjectMeta> = z.object({
  name: subdomainSchema,
  namespace: namespaceNameSchema.default('default'),
  ...commonMetaFields,
});

/** Metadata of Services, whose names are DNS labels. */
export const serviceMetaSchema: z.ZodType<ObjectMeta> = z.object({
  name: namespaceNameSchema,
  namespace: namespaceNameSchema.default('default'),
  ...commonMetaFields,
});

/** Metadata of GatewayClasses and other objects without a namespace. */
export const clusterMetaSchema: z.ZodType<ObjectMeta> = z.object({
  name: subdomainSchema,
  ...commonMetaFields,
});

/** Metadata of ClusterTrustBundles, whose names have colons. */
export const trustBundleMetaSchema: z.ZodType<ObjectMeta> = z.object({
  name: objectNameSchema,
  ...commonMetaFields,
});

/** Metadata of Namespaces, whose names are DNS labels. */
export const namespaceMetaSchema: z.ZodType<ObjectMeta> = z.object({
  name: namespaceNameSchema,
  ...commonMetaFields,
});

/** Fields of every manifest that are known and not kept: nothing inside may depend on them. */
export const droppedMetaFields: ReadonlySet<string> = new Set([
  'deletionGracePeriodSeconds',
  'finalizers',
  'generateName',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
]);

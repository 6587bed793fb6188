import { createHash } from 'node:crypto';

import { isStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import {
  objectPath,
  type OwnerReference,
  type RawMeta,
  type RawObject,
  type ResourceType,
} from './resource.ts';

/** All that we say about an object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly ownerReferences?: readonly OwnerReference[] | undefined;
  };
  readonly [field: string]: unknown;
}

/** Says what an object was made from, so that fields that are not wanted any more are noticed. */
export const hashAnnotation = 'dragoman.dev/applied';

const manager = 'dragoman';

export interface Target {
  readonly api: KubeApi;
  readonly type: ResourceType;
}

/** Of a manifest; equal ones have equal ones. */
export function manifestHash(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16);
}

/** The object as it is at this moment, with its `managedFields`. */
export async function getObject(
  { api, type }: Target,
  at: Pick<RawMeta, 'namespace' | 'name'>,
): Promise<RawObject | undefined> {
  try {
    const { body } = await api.request('GET', objectPath(type, { ...at, version: versionOf(type) }));
    return body as RawObject;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

export interface ApplyOptions {
  /** Fails with a conflict unless the object is exactly this version. */
  readonly over?: RawObject | undefined;
  /** What of the manifest tells, by its hash, whether it has to be applied again; all of it unless given. */
  readonly hash?: string | undefined;
}

/** Server-side apply: fields that were ours and are not in the manifest go. Answers the object that came of it. */
export async function applyManifest(
  { api, type }: Target,
  manifest: Manifest,
  { over, hash = manifestHash(manifest) }: ApplyOptions = {},
): Promise<RawObject> {
  const { metadata } = manifest;
  const annotations = { ...metadata.annotations, [hashAnnotation]: hash };
  const { resourceVersion } = over?.metadata ?? {};
  const { body } = await api.request('PATCH', objectPath(type, { ...metadata, version: versionOf(type) }), {
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: manager, force: true },
    body: { ...manifest, metadata: { ...metadata, annotations, resourceVersion } },
  });
  return body as RawObject;
}

/** Deletes exactly this version of this object; false if there is another one by now. */
export async function deleteObject({ api, type }: Target, { metadata }: RawObject): Promise<boolean> {
  const { uid, resourceVersion } = metadata;
  try {
    await api.request('DELETE', objectPath(type, { ...metadata, version: versionOf(type) }), {
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
        propagationPolicy: 'Background',
      },
    });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return true;
    if (isStatus(error, 409)) return false;
    throw error;
  }
}

/**
 * The manifest with the values that an object has in fields that the manifest leaves to others, as far as they are still
 * ours: server-side apply would take them away. Paths are such as `spec.replicas`.
 */
export function withLeft(manifest: Manifest, live: RawObject, paths: readonly string[]): Manifest {
  let result: Manifest = manifest;
  for (const path of paths) {
    const names = path.split('.');
    const value = read(live, names);
    if (value !== undefined && isOurs(live, names)) result = put(result, names, value) as Manifest;
  }
  return result;
}

function versionOf({ versions }: ResourceType): string {
  return versions[0] ?? 'v1';
}

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly fieldsV1?: unknown;
}

function isOurs({ metadata }: RawObject, names: readonly string[]): boolean {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields.some(({ manager: by, operation, fieldsV1 }) =>
    by === manager && operation === 'Apply' && read(fieldsV1, names.map((name) => `f:${name}`)) !== undefined
  );
}

function read(value: unknown, names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

function put(value: unknown, [name, ...rest]: readonly string[], leaf: unknown): unknown {
  if (name === undefined) return leaf;
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [name]: put(fields[name], rest, leaf) };
}

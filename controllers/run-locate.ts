/** Where things are written: in files of their own, or in annotations of others. */

import { pathInAnnotation } from '../lib/api/legacy/mod.ts';
import { type Folder, parseFieldPath, type Source } from '../lib/files/mod.ts';
import type { Dataflow } from './graph.ts';
import { inputOf } from './inputs.ts';

export interface Wanted {
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** Such as `spec.rules[0].name`; the object itself unless told. */
  readonly field?: string | undefined;
}

/** The place of a field, or what is nearest to it. */
export function sourceOf(
  folder: Pick<Folder, 'sourceOf'>,
  { objects, legacy }: Pick<Dataflow, 'objects' | 'legacy'>,
  { kind, key, field = '' }: Wanted,
): Source | undefined {
  const written = folder.sourceOf(kind, key, field);
  const id = `${kind}/${key}`;
  const found = legacy.annotated.get(id)?.members.at(-1) ??
    legacy.unreadableAnnotated.get(id)?.members.at(-1);
  if (written !== undefined || found === undefined) return written;
  const { parent } = found;
  const at = `${parent.namespace}/${parent.name}`;
  const object = inputOf(objects, parent.kind)?.get(at);
  const path = object && pathInAnnotation(object, { kind, key }, parseFieldPath(field));
  return path && folder.sourceOf(parent.kind, at, path);
}

import type { KubeObject, Unreadable } from '../lib/api/mod.ts';
import type { Dataflow } from './graph.ts';
import { inputOf } from './inputs.ts';

/** Takes over objects as an edge has found them. */
export function fill(
  { objects, feedback }: Pick<Dataflow, 'objects' | 'feedback'>,
  { changes, unreadable }: {
    readonly changes: readonly (
      | { readonly set: KubeObject }
      | { readonly delete: { readonly kind: string; readonly key: string } }
    )[];
    /** All that there are. */
    readonly unreadable: readonly Unreadable[];
  },
): void {
  for (const change of changes) {
    if ('set' in change) inputOf(objects, change.set.kind)?.set(change.set);
    else inputOf(objects, change.delete.kind)?.delete(change.delete.key);
  }
  const keys = new Set(unreadable.map(({ key }) => key));
  for (const { key } of feedback.unreadable.values()) if (!keys.has(key)) feedback.unreadable.delete(key);
  for (const each of unreadable) feedback.unreadable.set(each);
}

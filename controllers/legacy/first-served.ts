import { isServed, type LegacyObject, type LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph } from '../../lib/graph/types.ts';

/** Of several in different namespaces with one name, or one port, the first is used. */
export function firstServed<K extends KubeObject & LegacyObject>(
  graph: Graph,
  from: Collection<K>,
  { legacy, same = nameOf }: { readonly legacy: LegacySettings; readonly same?: (object: K) => string },
): Collection<K> {
  return graph.map(
    `legacy${from.name}Used`,
    graph.index(`legacy${from.name}Served`, from, (each) => isServed(each, legacy) ? [same(each)] : []),
    ({ members }) => members[0],
  );
}

export function nameOf({ metadata }: KubeObject): string {
  return metadata.name;
}

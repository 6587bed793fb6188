import { isServed, type LegacyObject, type LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph } from '../../lib/graph/types.ts';

/** Those that are for this installation; the name is the collection's. */
export function allServed<K extends KubeObject & LegacyObject>(
  graph: Graph,
  from: Collection<K>,
  { name, legacy }: { readonly name: string; readonly legacy: LegacySettings },
): Collection<K> {
  return graph.map(name, from, (each) => isServed(each, legacy) ? each : undefined);
}

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

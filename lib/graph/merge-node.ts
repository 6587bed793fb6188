import { Node, type Place } from './node.ts';
import type { Keyed } from './types.ts';

/** The union of collections; of several values with one key it has the first collection's. */
export class MergeNode<T extends Keyed> extends Node<T> {
  readonly #from: readonly Node<T>[];

  constructor(place: Place, from: readonly Node<T>[]) {
    super(place);
    this.#from = from;
  }

  explain(key: string): readonly string[] {
    const winner = this.#from.find((node) => node.slots.get(key)?.value !== undefined);
    return winner === undefined ? [] : [`${winner.name}/${key}`];
  }

  protected step(): void {
    const duplicates = new Set<string>();
    for (const node of this.#from) {
      for (const { key, before } of node.changes) {
        let first: T | undefined;
        for (const each of this.#from) {
          const value = each.slots.get(key)?.value;
          if (value === undefined) continue;
          if (first !== undefined) {
            duplicates.add(key);
            break;
          }
          first = value;
          // Others that have it were told when the last of them got it.
          if (before !== undefined) break;
        }
        this.put(this.slot(key), first);
      }
    }
    for (const key of duplicates) this.#reportDuplicate(key);
  }

  #reportDuplicate(key: string): void {
    const names = this.#from.filter((node) => node.slots.get(key)?.value !== undefined).map((node) =>
      node.name
    );
    const error = new Error(`'${this.name}' got the key '${key}' from each of '${names.join(`', '`)}'`);
    this.scope.report({ collection: this.name, source: key, reason: 'duplicate-key', error });
  }
}

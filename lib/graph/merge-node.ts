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
    const added = new Set<string>();
    for (const node of this.#from) {
      for (const { key, before } of node.changes) {
        this.put(this.slot(key), this.#first(key));
        if (before === undefined) added.add(key);
      }
    }
    for (const key of added) this.#reportDuplicate(key);
  }

  #first(key: string): T | undefined {
    for (const node of this.#from) {
      const value = node.slots.get(key)?.value;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #reportDuplicate(key: string): void {
    const names = this.#from.filter((node) => node.slots.get(key)?.value !== undefined).map((node) =>
      node.name
    );
    if (names.length < 2) return;
    const error = new Error(`'${this.name}' got the key '${key}' from each of '${names.join(`', '`)}'`);
    this.scope.report({ collection: this.name, source: key, reason: 'duplicate-key', error });
  }
}

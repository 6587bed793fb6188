import { Node } from './node.ts';
import type { Input, Keyed } from './types.ts';

/** Values from outside; what is set or deleted waits for the next commit. */
export class InputNode<T extends Keyed> extends Node<T> implements Input<T> {
  #pending = new Map<string, T | undefined>();

  set(value: T): void {
    this.#pending.set(value.key, value);
  }

  delete(key: string): void {
    this.#pending.set(key, undefined);
  }

  explain(_key: string): readonly string[] {
    return [];
  }

  protected step(): void {
    if (this.#pending.size === 0) return;
    for (const [key, value] of this.#pending) this.put(this.slot(key), value);
    this.#pending = new Map();
  }
}

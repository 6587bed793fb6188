import { Node, type Place, YOUNG } from './node.ts';
import { edited, sameItems } from './order.ts';
import type { Bucket, Index, Keyed } from './types.ts';

/** Files the values of one collection; each bucket is a value of this one. */
export class IndexNode<T extends Keyed> extends Node<Bucket<T>> implements Index<T> {
  readonly source: Node<T>;
  readonly #bucketsOf: (value: T) => readonly string[];
  /** What is filed for the few source keys whose present value made the function throw. */
  readonly #kept = new Map<string, T | undefined>();

  constructor(place: Place, { from, buckets }: { from: Node<T>; buckets: (value: T) => readonly string[] }) {
    super(place);
    this.source = from;
    this.#bucketsOf = buckets;
  }

  explain(key: string): readonly string[] {
    return (this.slots.get(key)?.value?.members ?? []).map((member) => `${this.source.name}/${member.key}`);
  }

  protected step(): void {
    const edits = new Map<string, Map<string, T | undefined>>();
    const file = (bucket: string, key: string, value: T | undefined): void => {
      let members = edits.get(bucket);
      if (members === undefined) edits.set(bucket, members = new Map());
      members.set(key, value);
    };
    for (const { key, before, after } of this.source.changes) {
      const filed = this.#kept.has(key) ? this.#kept.get(key) : before;
      let buckets: readonly string[] = [];
      try {
        if (after !== undefined) buckets = this.#bucketsOf(after);
      } catch (error) {
        this.#kept.set(key, filed);
        this.scope.report({ collection: this.name, source: key, reason: 'threw', error });
        continue;
      }
      this.#kept.delete(key);
      // The function is pure: asking again where a value is filed is leaner than remembering it for each.
      if (filed !== undefined) { for (const bucket of this.#bucketsOf(filed)) file(bucket, key, undefined); }
      for (const bucket of buckets) file(bucket, key, after);
    }
    for (const [bucket, members] of edits) this.#edit(bucket, members);
  }

  protected override same(before: Bucket<T>, after: Bucket<T>): boolean {
    return sameItems(before.members, after.members);
  }

  #edit(key: string, edits: ReadonlyMap<string, T | undefined>): void {
    const slot = this.slot(key);
    const members = edited(slot.value?.members ?? [], edits);
    this.put(slot, members.length === 0 ? undefined : { ...YOUNG, key, members });
  }
}

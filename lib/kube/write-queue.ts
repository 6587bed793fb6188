/** Of so many writes one is from the backlog, however much is fresh. */
const backlogShare = 8;

/** Which object is written next: what has just changed goes before what is a backlog, each in order of arrival. */
export class WriteQueue {
  readonly #fresh = new Set<string>();
  readonly #backlog = new Set<string>();
  #turn = 0;

  /** What waits already moves up, never back. */
  add(key: string, { fresh }: { readonly fresh: boolean }): void {
    if (fresh) {
      this.#backlog.delete(key);
      this.#fresh.add(key);
    } else if (!this.#fresh.has(key)) this.#backlog.add(key);
  }

  delete(key: string): void {
    this.#fresh.delete(key);
    this.#backlog.delete(key);
  }

  clear(): void {
    this.#fresh.clear();
    this.#backlog.clear();
  }

  next(): string | undefined {
    this.#turn = (this.#turn + 1) % backlogShare;
    const [first, second] = this.#turn === 0 ? [this.#backlog, this.#fresh] : [this.#fresh, this.#backlog];
    for (const key of first.size > 0 ? first : second) {
      this.delete(key);
      return key;
    }
    return undefined;
  }
}

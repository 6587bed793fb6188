/** Bytes. The API server takes no object of more than a few MB, so a longer line is no event. */
const maxLine = 64 << 20;

const newline = 0x0a;

/** Cuts a stream of bytes into lines, each given once it is complete. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Throws for a line that never ends, and whatever the receiver throws. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      start = end + 1;
      const line = this.#pending.length === 0 ? rest : Buffer.concat([...this.#pending, rest]);
      this.#pending = [];
      this.#length = 0;
      if (line.length > 0) this.#onLine(line.toString('utf8'));
    }
    if (start === chunk.length) return;
    const rest = chunk.subarray(start);
    this.#length += rest.length;
    if (this.#length > maxLine) throw new Error(`a line of the stream is longer than ${maxLine} bytes`);
    this.#pending.push(rest);
  }
}

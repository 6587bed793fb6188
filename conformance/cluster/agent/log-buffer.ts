export interface LogLine {
  readonly time: Date;
  readonly text: string;
}

export interface LogQuery {
  readonly since?: Date | undefined;
  readonly tail?: number | undefined;
}

const CAPACITY = 20_000;

/** The last lines that a container has written, in the order of their arrival. */
export class LogBuffer {
  #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();

  add(line: LogLine): void {
    this.#lines.push(line);
    // Seldom, and many at once.
    if (this.#lines.length >= 2 * CAPACITY) this.#lines = this.#lines.slice(-CAPACITY);
    for (const listener of this.#listeners) listener(line);
  }

  lines({ since, tail }: LogQuery = {}): readonly LogLine[] {
    const found = since === undefined ? this.#lines : this.#lines.filter(({ time }) => time >= since);
    return tail === undefined ? found : found.slice(Math.max(0, found.length - tail));
  }

  /** Tells of each line from now on; call the result to end it. */
  follow(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what comes out of a stream, line by line; a last one without an end too. */
  read(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      const time = new Date();
      for (const text of lines) this.add({ time, text });
    });
    stream.on('end', () => rest !== '' && this.add({ time: new Date(), text: rest }));
  }
}

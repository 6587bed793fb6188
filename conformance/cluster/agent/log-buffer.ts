export interface LogLine {
  readonly time: Date;
  readonly text: string;
}

export interface LogQuery {
  readonly since?: Date | undefined;
  readonly tail?: number | undefined;
}

/** Told what comes while a process runs. */
export interface Follower {
  line(line: LogLine): void;
  end(): void;
}

const CAPACITY = 20_000;

/** The last lines that a container has written, in the order of their arrival. */
export class LogBuffer {
  #lines: LogLine[] = [];
  readonly #followers = new Set<Follower>();
  #ended = false;

  add(line: LogLine): void {
    this.#lines.push(line);
    // Seldom, and many at once.
    if (this.#lines.length >= 2 * CAPACITY) this.#lines = this.#lines.slice(-CAPACITY);
    for (const follower of this.#followers) follower.line(line);
  }

  lines({ since, tail }: LogQuery = {}): readonly LogLine[] {
    const found = since === undefined ? this.#lines : this.#lines.filter(({ time }) => time >= since);
    return tail === undefined ? found : found.slice(Math.max(0, found.length - tail));
  }

  /** Tells of each line from now on; call the result to end it. */
  follow(follower: Follower): () => void {
    if (this.#ended) follower.end();
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The process has ended, so who follows it has seen all; another may write here later. */
  end(): void {
    this.#ended = true;
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const follower of followers) follower.end();
  }

  /** Takes what comes out of a stream, line by line; a last one without an end too. */
  read(stream: NodeJS.ReadableStream): void {
    this.#ended = false;
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

import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './samples.ts';

/** An answer as far as the benchmark reads it. */
export interface Answer {
  readonly status: number;
  /** Head and body as text. */
  readonly text: string;
}

/** What is asked for. */
export interface Target {
  readonly host: string;
  readonly path: string;
}

/** ms between two questions unless told: asking without a pause would take the processors from what is measured. */
const PAUSE = 1;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One keep-alive HTTP/1.1 connection; requests may follow each other before the first is answered. As little client as can be. */
export class Prober {
  readonly #socket: Socket;
  #received = '';
  /** In the order of their requests. */
  #waiting: Waiting[] = [];
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('Envoy closed the connection')));
  }

  /** Waits until `port` accepts. */
  static async open(
    port: number,
    { timeoutMs, pauseMs = 10 }: { readonly timeoutMs: number; readonly pauseMs?: number },
  ): Promise<Prober> {
    const deadline = now() + timeoutMs;
    for (;;) {
      try {
        return await Prober.#connect(port);
      } catch (error) {
        if (now() > deadline) throw error;
        await sleep(pauseMs);
      }
    }
  }

  static #connect(port: number): Promise<Prober> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject);
        resolve(new Prober(socket));
      });
      socket.once('error', reject);
    });
  }

  /** False once nothing can be asked any more. */
  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Rejects if the connection ends before the answer is complete. */
  get({ host, path }: Target): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    });
  }

  /** Asks until the answer is as wanted; gives the time when that answer was complete. Rejects after a minute. */
  async until(
    target: Target,
    wanted: (answer: Answer) => boolean,
    { pauseMs = PAUSE }: { readonly pauseMs?: number } = {},
  ): Promise<number> {
    const deadline = now() + 60_000;
    for (;;) {
      const answer = await this.get(target);
      const at = now();
      if (wanted(answer)) return at;
      if (at > deadline) {
        throw new Error(`${target.host}${target.path} is not served within a minute:\n${answer.text}`);
      }
      await sleep(pauseMs);
    }
  }

  close(): void {
    this.#failure ??= new Error('the connection was closed here');
    this.#waiting = [];
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  #read(chunk: string): void {
    this.#received += chunk;
    for (let text = this.#complete(); text !== undefined; text = this.#complete()) {
      this.#waiting.shift()?.resolve({ status: Number(text.slice(9, 12)), text });
    }
  }

  /** Takes one answer from what was received. */
  #complete(): string | undefined {
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return undefined;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, head + 2))?.[1] ?? 0);
    const end = head + 4 + length;
    if (this.#received.length < end) return undefined;
    const text = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return text;
  }
}

/** A backend on a free port that answers its own name: as little server as can be. */
export async function startUpstream(
  name: string,
  address = '127.0.0.1',
): Promise<{ readonly port: number } & AsyncDisposable> {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    let received = '';
    socket.on('data', (chunk: string) => {
      received += chunk;
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        received = received.slice(end + 4);
        socket.write(answer);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server, address);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

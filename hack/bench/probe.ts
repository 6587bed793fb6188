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

/** ms between two questions: asking without a pause would take the processors from what is measured. */
const PAUSE = 1;

/** One keep-alive HTTP/1.1 connection, one request at a time: as little client as can be. */
export class Prober {
  readonly #socket: Socket;
  #received = '';
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('Envoy closed the connection')));
  }

  /** Waits until `port` accepts. */
  static async open(port: number, options: { timeoutMs: number }): Promise<Prober> {
    const deadline = now() + options.timeoutMs;
    for (;;) {
      try {
        return await Prober.#connect(port);
      } catch (error) {
        if (now() > deadline) throw error;
        await sleep(10);
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

  get({ host, path }: Target): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    });
  }

  /** Asks until the answer is as wanted; gives the time when that answer was complete. Rejects after a minute. */
  async until(target: Target, wanted: (answer: Answer) => boolean): Promise<number> {
    const deadline = now() + 60_000;
    for (;;) {
      const answer = await this.get(target);
      const at = now();
      if (wanted(answer)) return at;
      if (at > deadline) {
        throw new Error(`${target.host}${target.path} is not served within a minute:\n${answer.text}`);
      }
      await sleep(PAUSE);
    }
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, head + 2))?.[1] ?? 0);
    if (this.#received.length < head + 4 + length) return;
    const text = this.#received.slice(0, head + 4 + length);
    this.#received = this.#received.slice(head + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(text.slice(9, 12)), text });
  }
}

/** A backend that answers its own name: as little server as can be. */
export async function startUpstream(name: string): Promise<{ readonly port: number } & AsyncDisposable> {
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
  const port = await listen(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

/** A port of 127.0.0.1 that nothing has bound. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closed(server);
  return port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

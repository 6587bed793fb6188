import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Http2Client } from './http2-request.ts';
import { connectTlsHttp2 } from './tls-request.ts';

/** What a load sees for its whole life. */
export interface LoadResult {
  readonly answers: number;
  /** Each says which target, when it began and ended since the load's start (ms), and what was wrong. */
  readonly failures: readonly string[];
  /** Connections that the proxy asked to leave, cleanly; new ones took their place. */
  readonly renewals: number;
}

export interface Target {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** HTTP/1.1 with keep-alive, HTTP/2 without TLS, or HTTP/2 over TLS with the host as SNI. */
  readonly protocol: 'http1' | 'h2c' | 'h2';
  /** At most so many requests in a second. */
  readonly rate: number;
  /** Backends that may answer. */
  readonly backends: RegExp;
}

/** Sends requests to each target one after another on connections that stay open, until it is stopped. */
export class Load {
  readonly #stop = new AbortController();
  readonly #loops: readonly Promise<void>[];
  readonly #failures: string[] = [];
  readonly #started = performance.now();
  #answers = 0;
  #renewals = 0;

  constructor(targets: readonly Target[]) {
    this.#loops = targets.map((target) => this.#run(target));
  }

  async stop(): Promise<LoadResult> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    return { answers: this.#answers, failures: this.#failures, renewals: this.#renewals };
  }

  get answers(): number {
    return this.#answers;
  }

  async #run(target: Target): Promise<void> {
    using client = target.protocol === 'http1' ? new KeepAlive(target.port) : new Multiplexed(target, () => {
      this.#renewals += 1;
    });
    while (!this.#stop.signal.aborted) {
      const began = performance.now() - this.#started;
      let problem: string | undefined;
      try {
        const { status, backend } = await client.get(target);
        this.#answers += 1;
        if (status < 200 || status > 299) problem = `status ${status}`;
        else if (!target.backends.test(backend)) problem = `answered by ${backend}`;
      } catch (error) {
        problem = String(error);
      }
      const ended = performance.now() - this.#started;
      if (problem !== undefined) {
        this.#failures.push(`${target.name} ${began.toFixed(0)}–${ended.toFixed(0)} ms: ${problem}`);
      }
      await sleep(Math.max(0, 1_000 / target.rate - (ended - began)));
    }
  }
}

interface Outcome {
  readonly status: number;
  readonly backend: string;
}

interface Client extends Disposable {
  get(target: Pick<Target, 'host' | 'path'>): Promise<Outcome>;
}

/** HTTP/1.1: Node reuses the connection until the answer says `connection: close`. */
class KeepAlive implements Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  get({ host, path }: Pick<Target, 'host' | 'path'>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, path, headers: { host }, agent: this.#agent };
      const outgoing = request(options, (incoming) => {
        incoming.resume();
        incoming.on('error', reject);
        incoming.on(
          'end',
          () =>
            resolve({ status: incoming.statusCode ?? 0, backend: String(incoming.headers['x-echo-name']) }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** HTTP/2: one connection, and another one when the proxy has sent GOAWAY. */
class Multiplexed implements Client {
  readonly #target: Target;
  readonly #onRenewal: () => void;
  #client: Http2Client | undefined;

  constructor(target: Target, onRenewal: () => void) {
    this.#target = target;
    this.#onRenewal = onRenewal;
  }

  async get({ host, path }: Pick<Target, 'host' | 'path'>): Promise<Outcome> {
    if (this.#client?.session.closed === true) {
      this.#client = undefined;
      this.#onRenewal();
    }
    this.#client ??= await this.#connect();
    const { status, headers } = await this.#client.send({ host, path });
    return { status, backend: String(headers['x-echo-name']) };
  }

  async #connect(): Promise<Http2Client> {
    const { protocol, port, host } = this.#target;
    return protocol === 'h2c' ? Http2Client.open(port) : await connectTlsHttp2({ port, serverName: host });
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }
}

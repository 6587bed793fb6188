import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Http2Client } from './http2-request.ts';
import { connectTlsHttp2 } from './tls-request.ts';

/** What a load sees for its whole life. */
export interface LoadResult {
  readonly answers: number;
  readonly failures: readonly Failure[];
  /** Connections that the proxy asked to leave, cleanly; new ones took their place. */
  readonly renewals: number;
}

/** A request that was not answered as it should have been. */
export interface Failure {
  /** The name of the target. */
  readonly target: string;
  /** Both in ms since the epoch. */
  readonly began: number;
  readonly ended: number;
  readonly problem: string;
}

export interface Target {
  readonly name: string;
  readonly port: number;
  /** The machine itself unless told. */
  readonly address?: string;
  readonly host: string;
  readonly path: string;
  /**
   * HTTP/1.1 with keep-alive, HTTP/1.1 with a connection for each request, HTTP/2 without TLS, or HTTP/2 over TLS with the
   * host as SNI.
   */
  readonly protocol: 'http1' | 'http1-anew' | 'h2c' | 'h2';
  /** At most so many requests in a second. */
  readonly rate: number;
  /** Names of the echo backends that may answer; any unless told. */
  readonly backends?: RegExp;
}

/** A request that takes longer has failed. */
const LIMIT_MS = 10_000;

/** Sends requests to each target one after another, until it is stopped. */
export class Load {
  readonly #stop = new AbortController();
  readonly #loops: readonly Promise<void>[];
  readonly #failures: Failure[] = [];
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
    const { name, protocol, rate, backends } = target;
    using client = protocol === 'h2c' || protocol === 'h2'
      ? new Multiplexed(target, () => {
        this.#renewals += 1;
      })
      : new Http1(target);
    while (!this.#stop.signal.aborted) {
      const began = now();
      let problem: string | undefined;
      try {
        const { status, backend } = await inTime(client.get(target));
        this.#answers += 1;
        if (status < 200 || status > 299) problem = `status ${status}`;
        else if (backends?.test(backend) === false) problem = `answered by ${backend}`;
      } catch (error) {
        problem = String(error);
      }
      const ended = now();
      if (problem !== undefined) this.#failures.push({ target: name, began, ended, problem });
      await sleep(Math.max(0, 1_000 / rate - (ended - began)));
    }
  }
}

/** In ms since the epoch, and never set back. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

interface Outcome {
  readonly status: number;
  readonly backend: string;
}

interface Client extends Disposable {
  get(target: Pick<Target, 'host' | 'path'>): Promise<Outcome>;
}

/** HTTP/1.1: Node reuses a kept connection until the answer says `connection: close`. */
class Http1 implements Client {
  readonly #agent: Agent;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: target.protocol === 'http1', maxSockets: 1 });
  }

  get({ host, path }: Pick<Target, 'host' | 'path'>): Promise<Outcome> {
    const { port, address = '127.0.0.1' } = this.#target;
    return new Promise((resolve, reject) => {
      const options = { host: address, port, path, headers: { host }, agent: this.#agent };
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
    const { closed = false, destroyed = false } = this.#client?.session ?? {};
    if (closed || destroyed) this.#client = undefined;
    // One that broke is none: its request has failed.
    if (closed) this.#onRenewal();
    this.#client ??= await this.#connect();
    const { status, headers } = await this.#client.send({ host, path });
    return { status, backend: String(headers['x-echo-name']) };
  }

  async #connect(): Promise<Http2Client> {
    const { protocol, port, address = '127.0.0.1', host } = this.#target;
    return protocol === 'h2c'
      ? Http2Client.open(port, address)
      : await connectTlsHttp2({ port, address, serverName: host });
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }
}

/** HTTP/3 by aioquic, which set-up installs (`hack/http3-client.mjs`): Node has no client for it. */

import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SeenRequest } from '../../lib/echo/mod.ts';

/** A name in a variable, since set-up is not in TypeScript. */
const SETUP = '../../hack/http3-client.mjs';
const { cachedHttp3Client } = await import(SETUP) as {
  readonly cachedHttp3Client: () => string | undefined;
};

const SCRIPT = fileURLToPath(new URL('http3_client.py', import.meta.url));

/** Starts a program, here or elsewhere. */
export type Spawn = (command: readonly string[], options: SpawnOptions) => ChildProcess;

export interface Http3Target {
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly address?: string;
  /** SNI; none is sent without it. */
  readonly serverName?: string;
  /** PEM; whatever the server shows is taken without it. */
  readonly ca?: string;
  /** Until the connection is there, s; 10 unless told. */
  readonly timeout?: number;
}

export interface Http3Request {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Makes an extended CONNECT of it, which is answered by the first bytes that come back. */
  readonly protocol?: string;
}

export interface Http3Answer {
  /** 0 if the stream was reset. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly seen: SeenRequest | undefined;
}

interface Line {
  readonly open?: true;
  readonly certificate?: string;
  readonly closed?: string;
  readonly id?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function spawnHere([program = '', ...args]: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(program, args, options);
}

/** Requests on one connection. */
export class Http3Client implements Disposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<Http3Answer>>();
  readonly #opened: PromiseWithResolvers<void> = Promise.withResolvers();
  #asked = 0;
  /** Common name of the certificate that the server showed. */
  certificate = '';
  /** Why the connection is closed; undefined while it is open. */
  closed: string | undefined;

  private constructor(target: Http3Target, start: Spawn) {
    const directory = cachedHttp3Client();
    if (directory === undefined) throw new Error('aioquic is missing: npm run setup');
    this.#child = start(['python3', SCRIPT], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONPATH: directory, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#child.on('error', (error) => this.#end(String(error)));
    this.#child.on('close', () => this.#end('the client has ended'));
    const { stdout } = this.#child;
    if (stdout !== null) createInterface(stdout).on('line', (line) => this.#take(JSON.parse(line) as Line));
    this.#write(target);
  }

  /** Rejects if there is no connection in time, or it is refused. */
  static async open(target: Http3Target, start: Spawn = spawnHere): Promise<Http3Client> {
    const client = new Http3Client(target, start);
    await client.#opened.promise;
    return client;
  }

  /** Rejects if the connection ends first. */
  send({ body, ...request }: Http3Request): Promise<Http3Answer> {
    const answer = Promise.withResolvers<Http3Answer>();
    if (this.closed !== undefined) return Promise.reject(new Error(this.closed));
    const id = this.#asked++;
    this.#pending.set(id, answer);
    this.#write({
      id,
      ...request,
      ...(body === undefined ? {} : { body: Buffer.from(body).toString('hex') }),
    });
    return answer.promise;
  }

  [Symbol.dispose](): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }

  #write(line: object): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  #take({ open, certificate = '', closed, id = -1, status = 0, headers = {}, body = '' }: Line): void {
    if (open === true) {
      this.certificate = certificate;
      this.#opened.resolve();
    } else if (closed === undefined) {
      const bytes = Buffer.from(body, 'hex');
      const text = bytes.toString();
      const seen = text.startsWith('{') ? JSON.parse(text) as SeenRequest : undefined;
      this.#pending.get(id)?.resolve({ status, headers, body: bytes, seen });
      this.#pending.delete(id);
    } else this.#end(closed);
  }

  #end(reason: string): void {
    this.closed ??= reason;
    this.#opened.reject(new Error(reason));
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }
}

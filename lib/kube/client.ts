import { ApiError, failureOf, retryAfter as msOf } from './api-error.ts';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { Answer, Exchange } from './exchange.ts';
import { Lines } from './lines.ts';
import { Transport } from './transport.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; default `application/json`. */
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the whole answer, ms; default 30 s. */
  readonly timeoutMs?: number | undefined;
}

export interface ApiResponse {
  readonly status: number;
  /** Parsed JSON, or text if it is none. */
  readonly body: unknown;
}

export interface StreamOptions {
  readonly query?: Query | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The server has answered, and lines follow. */
  readonly onOpen?: () => void;
  /** What it throws ends the stream and rejects. */
  readonly onLine: (line: string) => void;
  /** A connection that brings nothing for so long, ms, is taken for dead. */
  readonly idleMs: number;
}

export interface KubeApiOptions {
  readonly connection: Connection;
  /** Told to the API server, for its logs. */
  readonly userAgent: string;
}

const defaultTimeoutMs = 30_000;
/** Of a stream's answer to begin. */
const openTimeoutMs = 60_000;

/**
 * Requests to one API server over connections that are kept. Whatever is not an answer of success rejects with an
 * `ApiError`; an aborted signal rejects with its reason.
 */
export class KubeApi {
  readonly #connection: Connection;
  readonly #userAgent: string;
  readonly #transport: Transport;
  readonly #calls = new Set<Pick<Call, 'name' | 'fail'>>();
  #closed = false;

  constructor({ connection, userAgent }: KubeApiOptions) {
    this.#connection = connection;
    this.#userAgent = userAgent;
    this.#transport = new Transport(connection.server);
  }

  /** The namespace that the connection is for, if it says one. */
  get namespace(): string | undefined {
    return this.#connection.namespace;
  }

  /** Resolves when there is a connection that requests can use, if one can be had beforehand. */
  async connect(): Promise<void> {
    const credentials = await this.#credentials(false);
    if (!this.#closed) await this.#transport.connect(credentials);
  }

  async request(method: Method, path: string, options: RequestOptions = {}): Promise<ApiResponse> {
    return await this.#authorized((renew) => this.#exchange({ method, path, options, renew }));
  }

  /** GETs a stream of lines; resolves when the server ends it. */
  async stream(path: string, options: StreamOptions): Promise<void> {
    await this.#authorized((renew) => this.#follow(path, options, renew));
  }

  /** Ends all connections for good. */
  close(): void {
    this.#closed = true;
    this.interrupt();
  }

  /** Ends all connections with what is under way; what follows gets others. */
  interrupt(): void {
    for (const call of this.#calls) call.fail(ended(call.name));
    this.#transport.close();
  }

  /** Once more with new credentials if those at hand were refused. */
  async #authorized<T>(act: (renew: boolean) => Promise<T>): Promise<T> {
    try {
      return await act(false);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return await act(true);
    }
  }

  async #exchange(
    { method, path, options, renew }: {
      readonly method: Method;
      readonly path: string;
      readonly options: RequestOptions;
      readonly renew: boolean;
    },
  ): Promise<ApiResponse> {
    const { query, body, contentType, accept, signal, timeoutMs = defaultTimeoutMs } = options;
    const send = async (): Promise<ApiResponse> => {
      const call = await this.#call(method, path, {
        query,
        accept,
        signal,
        renew,
        body,
        contentType,
        waitMs: timeoutMs,
      });
      const deadline = setTimeout(() => call.fail(timedOut(call.name, timeoutMs)), timeoutMs);
      try {
        const answer = await call.answer;
        return settle(call.name, answer, await read(call, answer));
      } finally {
        clearTimeout(deadline);
        this.#done(call);
      }
    };
    // Of a POST that went unanswered, nobody knows whether it was carried out.
    return await again(send, { safe: method !== 'POST' });
  }

  #follow(path: string, options: StreamOptions, renew: boolean): Promise<void> {
    return again(() => this.#followOnce(path, options, renew), { safe: true });
  }

  async #followOnce(path: string, options: StreamOptions, renew: boolean): Promise<void> {
    const { query, accept, signal, idleMs, onOpen, onLine } = options;
    const call = await this.#call('GET', path, { query, accept, signal, renew, waitMs: openTimeoutMs });
    let deadline = setTimeout(() => call.fail(timedOut(call.name, openTimeoutMs)), openTimeoutMs);
    try {
      const answer = await call.answer;
      if (answer.status !== 200) {
        settle(call.name, answer, await read(call, answer));
        throw unreachable(call.name, `answered ${answer.status} to a watch`);
      }
      clearTimeout(deadline);
      deadline = setTimeout(() => call.fail(timedOut(call.name, idleMs)), idleMs);
      onOpen?.();
      const lines = new Lines(onLine);
      await consume(call, answer, (chunk) => {
        deadline.refresh();
        lines.push(chunk);
      });
    } finally {
      clearTimeout(deadline);
      this.#done(call);
    }
  }

  async #call(
    method: Method,
    path: string,
    { query, accept, signal, renew, body, contentType, waitMs }: CallOptions,
  ): Promise<Call> {
    signal?.throwIfAborted();
    const name = `${method} ${path}`;
    const credentials = await this.#wait(this.#credentials(renew), { name, signal, waitMs });
    signal?.throwIfAborted();
    if (this.#closed) throw ended(name);
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers: Record<string, string> = {
      ...credentials.headers,
      accept: accept ?? 'application/json',
      'user-agent': this.#userAgent,
    };
    if (bytes !== undefined) headers['content-type'] = contentType ?? 'application/json';
    const outgoing = { method, path: path + queryString(query), headers, body: bytes };
    const call = new Call(name, this.#transport.send(outgoing, credentials), signal);
    this.#calls.add(call);
    return call;
  }

  #done(call: Call): void {
    call.done();
    this.#calls.delete(call);
  }

  /** Whoever gives credentials, such as a program, may never do so. */
  async #wait(
    credentials: Promise<Credentials>,
    { name, signal, waitMs }: Pick<CallOptions, 'signal' | 'waitMs'> & { readonly name: string },
  ): Promise<Credentials> {
    const { promise, resolve, reject } = Promise.withResolvers<Credentials>();
    credentials.then(resolve, reject);
    const waiting = { name, fail: reject };
    const abort = (): void => reject(signal?.reason);
    const deadline = setTimeout(() => reject(timedOut(name, waitMs)), waitMs);
    signal?.addEventListener('abort', abort);
    this.#calls.add(waiting);
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      this.#calls.delete(waiting);
    }
  }

  #credentials(renew: boolean): Promise<Credentials> {
    return this.#connection.credentials(renew).catch((error: unknown) => {
      throw new ApiError({
        status: 401,
        reason: 'Unauthorized',
        message: `no credentials: ${error instanceof Error ? error.message : String(error)}`,
      }, { cause: error });
    });
  }
}

interface CallOptions {
  readonly query?: Query | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly renew: boolean;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  /** For credentials, ms. */
  readonly waitMs: number;
}

/** Sends once more, if that is safe, what met a connection that was closed just as it was used again. */
async function again<T>(send: () => Promise<T>, { safe }: { readonly safe: boolean }): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    if (!safe) throw error.unreachable;
  }
  try {
    return await send();
  } catch (error) {
    throw error instanceof StaleConnection ? error.unreachable : error;
  }
}

/** A kept connection turned out to be closed before anything was answered. */
class StaleConnection extends Error {
  readonly unreachable: ApiError;

  constructor(unreachable: ApiError) {
    super(unreachable.message);
    this.unreachable = unreachable;
  }
}

/** One request under way; the first reason to fail is the one that is told. */
class Call {
  readonly name: string;
  readonly answer: Promise<Answer>;
  readonly #exchange: Exchange;
  readonly #signal: AbortSignal | undefined;
  #failure: unknown;
  /** Of whoever waits: not every runtime says that a request was destroyed. */
  reject: (reason: unknown) => void = () => {};

  constructor(name: string, exchange: Exchange, signal: AbortSignal | undefined) {
    this.name = name;
    this.#exchange = exchange;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
    this.answer = new Promise((resolve, reject) => {
      this.reject = reject;
      exchange.answer.then(resolve, (error: Error) => reject(this.failure(error)));
    });
  }

  /** Why it failed, where `error` is what the connection says. */
  failure(error: Error): unknown {
    if (this.#failure !== undefined) return this.#failure;
    const { code } = error as NodeJS.ErrnoException;
    const problem = unreachable(this.name, error.message === '' ? String(code) : error.message, error);
    return this.#exchange.isStale(error) ? new StaleConnection(problem) : problem;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#exchange.destroy();
    this.reject(this.#failure);
  }

  done(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason);
}

/** Gives every chunk of an answer; what `take` throws ends it. */
function consume(call: Call, answer: Answer, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call.reject = reject;
    const broken = (error: Error): void => {
      const failure = call.failure(error);
      // Something was answered, so this is no stale connection.
      reject(failure instanceof StaleConnection ? failure.unreachable : failure);
    };
    const closed = (): void => broken(answer.body.errored ?? new Error('the connection was closed'));
    // What ended just after its answer had begun may have told already.
    if (answer.body.destroyed) return closed();
    answer.body.on('data', (chunk: Buffer) => {
      if (call.failed) return;
      try {
        take(chunk);
      } catch (error) {
        call.fail(error);
      }
    });
    answer.body.on('end', () => answer.isWhole() ? resolve() : closed());
    answer.body.on('error', broken);
    answer.body.on('close', closed);
  });
}

async function read(call: Call, answer: Answer): Promise<string> {
  const chunks: Buffer[] = [];
  await consume(call, answer, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Throws for any status that is no success. */
function settle(name: string, { status, retryAfter }: Answer, text: string): ApiResponse {
  let body: unknown = text;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    // Proxies, and the API server for requests that it cannot parse, answer in plain text.
  }
  if (status >= 200 && status < 300) return { status, body };
  const failure = failureOf(status, body);
  throw new ApiError({
    ...failure,
    message: `${name}: ${status} ${failure.reason}${failure.message === '' ? '' : `: ${failure.message}`}`,
    retryAfterMs: msOf(retryAfter) ?? failure.retryAfterMs,
  });
}

function unreachable(name: string, message: string, cause?: unknown): ApiError {
  return new ApiError({ status: 0, reason: 'Unreachable', message: `${name}: ${message}` }, { cause });
}

function ended(name: string): ApiError {
  return unreachable(name, 'its connection was ended');
}

function timedOut(name: string, ms: number): ApiError {
  return new ApiError({ status: 0, reason: 'Timeout', message: `${name}: nothing for ${ms / 1000} s` });
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

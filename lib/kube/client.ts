import * as http from 'node:http';
import * as https from 'node:https';

import { ApiError, failureOf } from './api-error.ts';
import type { Connection } from './connection.ts';
import type { TlsSettings } from './credentials.ts';
import { Lines } from './lines.ts';

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
/** After so much silence the kernel asks the other side whether it is still there, ms. */
const probeMs = 15_000;

/**
 * Requests to one API server over connections that are kept. Whatever is not an answer of success rejects with an
 * `ApiError`; an aborted signal rejects with its reason.
 */
export class KubeApi {
  readonly #connection: Connection;
  readonly #userAgent: string;
  readonly #base: string;
  #agent: { readonly agent: http.Agent; readonly tls: TlsSettings } | undefined;

  constructor({ connection, userAgent }: KubeApiOptions) {
    this.#connection = connection;
    this.#userAgent = userAgent;
    this.#base = connection.server;
  }

  /** The namespace that the connection is for, if it says one. */
  get namespace(): string | undefined {
    return this.#connection.namespace;
  }

  async request(method: Method, path: string, options: RequestOptions = {}): Promise<ApiResponse> {
    return await this.#authorized((renew) => this.#exchange({ method, path, options, renew }));
  }

  /** GETs a stream of lines; resolves when the server ends it. */
  async stream(path: string, options: StreamOptions): Promise<void> {
    await this.#authorized((renew) => this.#follow(path, options, renew));
  }

  /** Ends all connections. */
  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = undefined;
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
      const call = await this.#call(method, path, { query, accept, signal, renew, body, contentType });
      const deadline = setTimeout(() => call.fail(timedOut(call.name, timeoutMs)), timeoutMs);
      try {
        const response = await call.response;
        const text = (await read(call, response)).toString('utf8');
        return settle(call.name, response, text);
      } finally {
        clearTimeout(deadline);
        call.done();
      }
    };
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // The server closed the kept connection just as it was used again; POST alone might have been carried out.
      if (method === 'POST') throw error.unreachable;
    }
    try {
      return await send();
    } catch (error) {
      throw error instanceof StaleConnection ? error.unreachable : error;
    }
  }

  async #follow(path: string, options: StreamOptions, renew: boolean): Promise<void> {
    const { query, accept, signal, idleMs, onOpen, onLine } = options;
    const call = await this.#call('GET', path, { query, accept, signal, renew });
    let deadline = setTimeout(() => call.fail(timedOut(call.name, openTimeoutMs)), openTimeoutMs);
    try {
      const response = await call.response;
      if (response.statusCode !== 200) {
        settle(call.name, response, (await read(call, response)).toString('utf8'));
        throw unreachable(call.name, `answered ${response.statusCode} to a watch`);
      }
      clearTimeout(deadline);
      deadline = setTimeout(() => call.fail(timedOut(call.name, idleMs)), idleMs);
      onOpen?.();
      const lines = new Lines(onLine);
      await consume(call, response, (chunk) => {
        deadline.refresh();
        lines.push(chunk);
      });
    } catch (error) {
      throw error instanceof StaleConnection ? error.unreachable : error;
    } finally {
      clearTimeout(deadline);
      call.done();
    }
  }

  async #call(
    method: Method,
    path: string,
    { query, accept, signal, renew, body, contentType }: CallOptions,
  ): Promise<Call> {
    signal?.throwIfAborted();
    const name = `${method} ${path}`;
    const credentials = await this.#connection.credentials(renew).catch((error: unknown) => {
      throw new ApiError({
        status: 401,
        reason: 'Unauthorized',
        message: `no credentials: ${error instanceof Error ? error.message : String(error)}`,
      }, { cause: error });
    });
    signal?.throwIfAborted();
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers: Record<string, string> = {
      ...credentials.headers,
      accept: accept ?? 'application/json',
      'user-agent': this.#userAgent,
    };
    if (bytes !== undefined) headers['content-type'] = contentType ?? 'application/json';
    // Node frames no body of a DELETE by itself, and the API server wants to know that there is none.
    if (method !== 'GET') headers['content-length'] = String(bytes?.length ?? 0);
    const { request } = this.#base.startsWith('http:') ? http : https;
    const outgoing = request(this.#base + path + queryString(query), {
      method,
      headers,
      agent: credentials.agent ?? this.#agentFor(credentials.tls),
    });
    const call = new Call(name, outgoing, signal);
    outgoing.end(bytes);
    return call;
  }

  #agentFor(tls: TlsSettings): http.Agent {
    const known = this.#agent;
    if (known !== undefined && sameTls(known.tls, tls)) return known.agent;
    const options = { keepAlive: true, maxFreeSockets: 32 };
    const agent = this.#base.startsWith('http:')
      ? new http.Agent(options)
      : new https.Agent({ ...options, ...present(tls) });
    // Requests under way keep the old agent's connections; free ones would never be used again.
    for (const sockets of Object.values(known?.agent.freeSockets ?? {})) {
      for (const socket of sockets ?? []) socket.destroy();
    }
    this.#agent = { agent, tls };
    return agent;
  }
}

interface CallOptions {
  readonly query?: Query | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly renew: boolean;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
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
  readonly response: Promise<http.IncomingMessage>;
  readonly #request: http.ClientRequest;
  readonly #signal: AbortSignal | undefined;
  #failure: unknown;
  /** Of whoever waits: not every runtime says that a request was destroyed. */
  reject: (reason: unknown) => void = () => {};

  constructor(name: string, request: http.ClientRequest, signal: AbortSignal | undefined) {
    this.name = name;
    this.#request = request;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
    this.response = new Promise((resolve, reject) => {
      this.reject = reject;
      request.on('response', resolve);
      request.on('error', (error) => reject(this.failure(error)));
    });
    request.on('socket', (socket) => socket.setKeepAlive(true, probeMs));
  }

  /** Why it failed, where `error` is what the connection says. */
  failure(error: Error): unknown {
    if (this.#failure !== undefined) return this.#failure;
    const code = (error as NodeJS.ErrnoException).code;
    const problem = unreachable(this.name, error.message === '' ? String(code) : error.message, error);
    return this.#request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
      ? new StaleConnection(problem)
      : problem;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#request.destroy();
    this.reject(this.#failure);
  }

  done(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason);
}

/** Gives every chunk of an answer; what `take` throws ends it. */
function consume(call: Call, response: http.IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call.reject = reject;
    response.on('data', (chunk: Buffer) => {
      if (call.failed) return;
      try {
        take(chunk);
      } catch (error) {
        call.fail(error);
      }
    });
    response.on('end', () => resolve());
    response.on('error', (error) => {
      const failure = call.failure(error);
      // Something was answered, so this is no stale connection.
      reject(failure instanceof StaleConnection ? failure.unreachable : failure);
    });
    response.on('close', () => {
      if (!response.complete) reject(call.failure(new Error('the connection was closed')));
    });
  });
}

async function read(call: Call, response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await consume(call, response, (chunk) => chunks.push(chunk));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Throws for any status that is no success. */
function settle(name: string, response: http.IncomingMessage, text: string): ApiResponse {
  const status = response.statusCode ?? 0;
  let body: unknown = text;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    // Proxies, and the API server for requests that it cannot parse, answer in plain text.
  }
  if (status >= 200 && status < 300) return { status, body };
  const failure = failureOf(status, body);
  const seconds = Number(response.headers['retry-after']);
  throw new ApiError({
    ...failure,
    message: `${name}: ${status} ${failure.reason}${failure.message === '' ? '' : `: ${failure.message}`}`,
    retryAfterMs: seconds > 0 ? seconds * 1000 : failure.retryAfterMs,
  });
}

function unreachable(name: string, message: string, cause?: unknown): ApiError {
  return new ApiError({ status: 0, reason: 'Unreachable', message: `${name}: ${message}` }, { cause });
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

function sameTls(a: TlsSettings, b: TlsSettings): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key && a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized;
}

function present(tls: TlsSettings): https.AgentOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

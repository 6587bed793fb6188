import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { API_SERVER_PORT } from './addresses.ts';

/** What the API server answers to anything but success. */
export class ApiError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly contentType?: string;
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** The cluster's API server, asked as its administrator, from inside the cluster's network namespace. */
export class ApiClient {
  readonly #agent: Agent;

  constructor(credentials: string) {
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 48,
      ca: readFileSync(join(credentials, 'ca.crt')),
      cert: readFileSync(join(credentials, 'admin.crt')),
      key: readFileSync(join(credentials, 'admin.key')),
    });
  }

  /** The decoded answer. Rejects with an `ApiError` if it is no success. */
  async request<T = unknown>(
    path: string,
    { method = 'GET', body, contentType }: ApiRequest = {},
  ): Promise<T> {
    const response = await this.#send(path, { method, body, contentType: contentType ?? 'application/json' });
    const content = await text(response);
    if (response.statusCode === undefined || response.statusCode >= 300) {
      throw new ApiError(response.statusCode ?? 0, messageOf(content));
    }
    return content.startsWith('{') ? JSON.parse(content) as T : content as T;
  }

  /** The answer of a watch, line by line. Rejects with an `ApiError` if it is no success. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send(path, { method: 'GET', signal });
    if (response.statusCode !== 200) {
      throw new ApiError(response.statusCode ?? 0, messageOf(await text(response)));
    }
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(path: string, { method, body, contentType, signal }: SendOptions): Promise<IncomingMessage> {
    const content = body === undefined
      ? undefined
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: API_SERVER_PORT,
        path,
        method,
        // A watch holds its connection for itself.
        agent: this.#agent,
        ...(signal === undefined ? {} : { signal }),
        // Node frames no body of a DELETE by itself, and the server refuses one that is not.
        headers: content === undefined
          ? {}
          : { 'content-type': contentType ?? 'application/json', 'content-length': content.length },
      }, resolve);
      sent.on('error', reject);
      sent.end(content);
    });
  }
}

interface SendOptions extends ApiRequest {
  readonly signal?: AbortSignal;
}

function messageOf(content: string): string {
  try {
    const { message } = JSON.parse(content) as { message?: string };
    return message ?? content;
  } catch {
    return content;
  }
}

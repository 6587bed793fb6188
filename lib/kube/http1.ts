import * as http from 'node:http';
import * as https from 'node:https';

import type { TlsSettings } from './credentials.ts';
import { type Answer, type Exchange, type Outgoing, PROBE_MS } from './exchange.ts';

/** A request by HTTP/1.1, over a connection of the agent's that nothing else uses meanwhile. */
export class Http1Exchange implements Exchange {
  readonly answer: Promise<Answer>;
  readonly #request: http.ClientRequest;

  /** `base`: such as `https://10.0.0.1:6443`. */
  constructor(base: string, { method, path, headers, body }: Outgoing, agent: http.Agent) {
    const { request } = base.startsWith('http:') ? http : https;
    const length = body?.length ?? 0;
    // Node frames no body of a DELETE by itself, and the API server wants to know that there is none.
    const framed = method === 'GET' ? headers : { ...headers, 'content-length': String(length) };
    this.#request = request(base + path, { method, headers: framed, agent });
    this.#request.on('socket', (socket) => socket.setKeepAlive(true, PROBE_MS));
    this.answer = new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body: response,
          isWhole: () => response.complete,
        }));
    });
    this.#request.end(body);
  }

  isStale(error: Error): boolean {
    const { code } = error as NodeJS.ErrnoException;
    return this.#request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  }

  destroy(): void {
    this.#request.destroy();
  }
}

export function http1Agent(base: string, tls: TlsSettings): http.Agent {
  const options = { keepAlive: true, maxFreeSockets: 32 };
  return base.startsWith('http:') ? new http.Agent(options) : new https.Agent({ ...options, ...tls });
}

/** Free connections are closed; those in use go on until their answers have ended. */
export function retire(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

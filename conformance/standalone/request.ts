import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import type { SeenRequest } from '../../lib/echo/mod.ts';

export interface RequestOptions {
  readonly port: number;
  readonly address?: string;
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the echo backend saw, if one answered. */
  readonly seen: SeenRequest | undefined;
}

/** One HTTP/1.1 request on a connection of its own. Rejects if there is no answer. */
export function send(options: RequestOptions): Promise<Answer> {
  const { port, address = '127.0.0.1', host, path = '/', method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: address,
      port,
      path,
      method,
      agent: false,
      headers: { ...headers, ...(host === undefined ? {} : { host }) },
    }, (incoming) => {
      const chunks: Uint8Array[] = [];
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: text,
          seen: seenIn(text),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function seenIn(text: string): SeenRequest | undefined {
  if (!text.startsWith('{')) return undefined;
  const value = JSON.parse(text) as Partial<SeenRequest>;
  return value.name === undefined ? undefined : value as SeenRequest;
}

import { request } from 'node:http';
import type { Address } from './bootstrap-parts.ts';

export interface AdminResponse {
  readonly status: number;
  readonly body: string;
}

export interface AdminRequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly timeoutMs?: number;
}

/** One request to Envoy's admin interface. Rejects if it does not answer in time, 1 s unless told. */
export function adminRequest(
  address: Address,
  path: string,
  { method = 'GET', timeoutMs = 1_000 }: AdminRequestOptions = {},
): Promise<AdminResponse> {
  const target = 'path' in address
    ? { socketPath: address.path.replace(/^@/, '\0') }
    : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    // No agent: a kept connection would be one that the drain waits for.
    const outgoing = request(
      { ...target, path, method, agent: false, headers: { host: 'admin' } },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => body += chunk);
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
      },
    );
    outgoing.setTimeout(timeoutMs, () => {
      outgoing.destroy(
        new Error(`Envoy's admin interface did not answer ${method} ${path} within ${timeoutMs} ms`),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

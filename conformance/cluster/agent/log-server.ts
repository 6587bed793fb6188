import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { KUBELET_PORT, NODE_ADDRESS } from '../addresses.ts';
import type { LogBuffer, LogLine } from './log-buffer.ts';

export interface LogServerOptions {
  /** A directory with the certificates. */
  readonly credentials: string;
  /** Of `namespace/pod` and the container's name. */
  readonly find: (pod: string, container: string) => LogBuffer | undefined;
}

/** `GET /containerLogs/NAMESPACE/POD/CONTAINER`, which the API server asks for `kubectl logs`. */
export async function serveLogs({ credentials, find }: LogServerOptions): Promise<void> {
  const file = (name: string) => readFileSync(join(credentials, name));
  const server = createServer({
    key: file('kubelet.key'),
    cert: file('kubelet.crt'),
    ca: file('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
  }, (request, response) => {
    const url = new URL(request.url ?? '/', `https://${NODE_ADDRESS}`);
    const [, namespace, pod, container] = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.pathname) ??
      [];
    const log = container === undefined ? undefined : find(`${namespace}/${pod}`, container);
    if (log === undefined) response.writeHead(404).end('no such container\n');
    else send(log, { query: url.searchParams, response });
  });
  await new Promise<void>((resolve) => server.listen(KUBELET_PORT, NODE_ADDRESS, resolve));
}

interface Exchange {
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

function send(log: LogBuffer, { query, response }: Exchange): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const format = (line: LogLine): string =>
    `${query.get('timestamps') === 'true' ? `${line.time.toISOString()} ` : ''}${line.text}\n`;
  const tail = query.get('tailLines');
  const before = log.lines({ since: since(query), tail: tail === null ? undefined : Number(tail) });
  response.write(before.map(format).join(''));
  if (query.get('follow') !== 'true') {
    response.end();
    return;
  }
  const leave = log.follow({ line: (line) => response.write(format(line)), end: () => response.end() });
  response.on('close', leave);
}

function since(query: URLSearchParams): Date | undefined {
  const [time, seconds] = [query.get('sinceTime'), query.get('sinceSeconds')];
  if (time !== null) return new Date(time);
  return seconds === null ? undefined : new Date(Date.now() - Number(seconds) * 1000);
}

import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

import { listenProblem } from './listen-problem.ts';
import type { BoundListener } from './listeners.ts';
import { formatHostPort, type HostPort } from './options.ts';

/**
 * What keeps listeners from binding, by name. Envoy itself would share a port with another Envoy without a word, each
 * answering some of the connections.
 */
export async function portProblems(
  listeners: readonly BoundListener[],
  status?: HostPort,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, host, port, transport } of listeners) {
    if (transport === 'quic') continue;
    if (transport === 'tcp' && status?.port === port && meet(host, status.host)) {
      const where = formatHostPort({ host, port });
      problems.push(`${name}: ${where} is for the status API: choose another for that with --status-address`);
      continue;
    }
    try {
      await (transport === 'tcp' ? tryToListen : tryToBind)(host, port);
    } catch (error) {
      const problem = listenProblem(error, { host, port }, '--port-shift or --bind');
      problems.push(`${name}: ${problem}`);
    }
  }
  return problems;
}

function tryToBind(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}

const ANY = new Set(['0.0.0.0', '::']);

function meet(host: string, status: string): boolean {
  const other = status === 'localhost' ? '127.0.0.1' : status;
  return host === other || ANY.has(host) || ANY.has(other);
}

function tryToListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

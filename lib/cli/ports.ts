import { createServer } from 'node:net';

import type { Listener } from '../model/mod.ts';
import { listenProblem } from './listen-problem.ts';

/**
 * What keeps listeners from binding, by name. Envoy itself would share a port with another Envoy without a word, each
 * answering some of the connections.
 */
export async function portProblems(listeners: readonly Listener[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { gateway, address, bindPort, port } of listeners) {
    try {
      await tryToListen(address, bindPort);
    } catch (error) {
      const name = `Gateway ${gateway.namespace}/${gateway.name}, port ${port}`;
      const flags = port === bindPort ? '--bind' : '--port-shift or --bind';
      problems.push(`${name}: ${listenProblem(error, { host: address, port: bindPort }, flags)}`);
    }
  }
  return problems;
}

function tryToListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

import { createServer } from 'node:net';

import { listenProblem } from './listen-problem.ts';
import type { BoundListener } from './listeners.ts';

/**
 * What keeps listeners from binding, by name. Envoy itself would share a port with another Envoy without a word, each
 * answering some of the connections.
 */
export async function portProblems(listeners: readonly BoundListener[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, host, port } of listeners) {
    try {
      await tryToListen(host, port);
    } catch (error) {
      const problem = listenProblem(error, { host, port }, '--port-shift or --bind');
      problems.push(`${name}: ${problem}`);
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

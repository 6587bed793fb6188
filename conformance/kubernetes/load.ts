import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import type { LoadResult, Target } from '../standalone/load.ts';

const INSIDE = fileURLToPath(new URL('load-inside.ts', import.meta.url));

/** Clients of each protocol: enough for a Service to send some to each of a few proxies. */
const CLIENTS = { 'http1': 6, 'http1-anew': 3, 'h2c': 4, 'h2': 4 } as const;
const RATE = 25;
/** Of each protocol's clients, the first sends requests that take so long. */
const SLOW = '/load?delay=2s';

export interface RunningLoad {
  /** How it went. Every call resolves when all requests have ended; rejects if there is no telling. */
  stop(): Promise<LoadResult>;
}

/** Asks `www.example.com` at an address, on ports 80 and 443, until it is stopped. */
export function startLoad(cluster: Cluster, address: string): RunningLoad {
  const targets = Object.entries(CLIENTS).flatMap(([protocol, clients]) =>
    Array.from({ length: clients }, (_, index): Target => ({
      name: `${protocol} ${index}`,
      protocol: protocol as Target['protocol'],
      address,
      port: protocol === 'h2' ? 443 : 80,
      host: 'www.example.com',
      path: index === 0 ? SLOW : '/load',
      rate: RATE,
    }))
  );
  const child = cluster.spawn([process.execPath, INSIDE, JSON.stringify(targets)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a pipe is missing');
  const result = text(stdout).then((output) => JSON.parse(output) as LoadResult);
  return {
    stop: () => {
      stdin.end();
      return result;
    },
  };
}

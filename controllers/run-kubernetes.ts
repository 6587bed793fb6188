import { setTimeout as sleep } from 'node:timers/promises';

import type { KubernetesOptions } from './run-options.ts';
import { ClusterReading } from './run-reading.ts';

export interface RunningController {
  readonly statusUrl: string;
  /** Resolves when everything in the cluster is known, and proxies are served. Rejects if that cannot be. */
  readonly ready: Promise<void>;
  /** Ends writing, gives the lease back, then ends everything. Every call resolves when that is done. */
  stop(): Promise<void>;
}

/** How long the rest of the program waits for the API server to have been asked, ms. */
const HEAD_START = 1_000;

/**
 * Kubernetes mode: the API server, the graph, all proxies by xDS, and on the leader what is written back. The API server
 * takes its time for what it is asked first, so most of the program is loaded meanwhile.
 */
export async function runKubernetes(options: KubernetesOptions): Promise<RunningController> {
  const { api, legacyProxies } = options;
  const reading = new ClusterReading({ api, legacy: legacyProxies !== undefined });
  try {
    // Whether it is there, those who ask will tell.
    await Promise.race([api.connect().catch(() => {}), sleep(HEAD_START, undefined, { ref: false })]);
    const { startController } = await import('./run-controller.ts');
    return await startController(options, reading);
  } catch (error) {
    await reading.watches.stop();
    throw error;
  }
}

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cluster } from '../cluster/cluster.ts';

/** Watches how many endpoints of a Service, in namespace `default`, are ready. */
export class ReadyEndpoints implements Disposable {
  readonly #child: ChildProcess;
  readonly #seen: { readonly ready: number; readonly at: number }[] = [];

  constructor(cluster: Cluster, service: string) {
    this.#child = cluster.spawn([
      'kubectl',
      'get',
      'endpointslices',
      `--selector=kubernetes.io/service-name=${service}`,
      '--watch',
      '--output=jsonpath={.endpoints[*].conditions.ready}{"\\n"}',
    ], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('a pipe is missing');
    createInterface({ input: stdout }).on('line', (line) => {
      const ready = line.split(' ').filter((word) => word === 'true').length;
      this.#seen.push({ ready, at: performance.timeOrigin + performance.now() });
    });
  }

  /** When there were first fewer than this many, in ms since the epoch; undefined if there always were, since the first look. */
  fewerThan(count: number): number | undefined {
    return this.#seen.find(({ ready }) => ready < count)?.at;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

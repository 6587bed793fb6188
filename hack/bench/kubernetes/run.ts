import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Cluster } from '../../../conformance/cluster/cluster.ts';
import { bundle } from '../../bundle.ts';
import type { DriverOptions } from './driver.ts';
import type { KubernetesResult, KubernetesScenario } from './result.ts';

const DRIVER = fileURLToPath(new URL('driver.ts', import.meta.url));

export interface KubernetesMachinery {
  readonly envoy: string;
  readonly nodeArgs: readonly string[];
  /** Told of each thing that takes a while, before it starts. */
  readonly progress: (what: string) => void;
  /** Gets each process that must be gone at the end. */
  readonly cleanup: AsyncDisposableStack;
}

/** One number of routes in a cluster of its own, which is gone afterwards. */
export async function measureInCluster(
  scenario: KubernetesScenario,
  { envoy, nodeArgs, progress, cleanup }: KubernetesMachinery,
): Promise<KubernetesResult> {
  progress('cluster');
  const stop = new AbortController();
  cleanup.defer(() => stop.abort(new Error('stopped')));
  await using cluster = await Cluster.start({
    name: `bench-${process.pid}`,
    channel: 'standard',
    apiServerOnly: true,
    signal: stop.signal,
  });
  cleanup.use(cluster);
  const directory = cluster.directory.path;
  const program = await bundle(join(directory, 'program'));
  const options: DriverOptions = { scenario, directory, program, envoy, nodeArgs };
  const child = cluster.spawn([process.execPath, DRIVER, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Whatever is left when all is killed goes with the cluster.
    env: { ...process.env, TMPDIR: cluster.directory.volatile },
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a pipe is missing');
  createInterface(stderr).on('line', progress);
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const said = await text(stdout);
  if (await exited !== 0) throw new Error('the benchmark failed inside its cluster');
  return JSON.parse(said) as KubernetesResult;
}

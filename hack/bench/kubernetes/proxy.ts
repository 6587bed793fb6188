import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootstrapJson } from '../../../lib/proxy/bootstrap-parts.ts';
import { EnvoyProcess } from '../../../lib/proxy/process.ts';
import { CONCURRENCY } from '../stand.ts';
import { GATEWAY, NAMESPACE } from './place.ts';

const TIMEOUT_MS = 60_000;

/** What `dragoman proxy bootstrap` prints of the Gateway, once it has proxies. Rejects with what it says after a minute. */
export async function printedBootstrap(program: string, kubeconfig: string): Promise<BootstrapJson> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      program,
      'proxy',
      'bootstrap',
      `${NAMESPACE}/${GATEWAY}`,
      `--kubeconfig=${kubeconfig}`,
      '--output=json',
    ], { encoding: 'utf8' });
    if (status === 0) return JSON.parse(stdout) as BootstrapJson;
    if (performance.now() > deadline) throw new Error(`there is no bootstrap: ${stderr}`);
    await sleep(100);
  }
}

/** An Envoy of the Gateway, which is not started yet: by hand, since the cluster runs no Pods. */
export function createProxy(binary: string, bootstrap: BootstrapJson): EnvoyProcess {
  const admin = bootstrap.admin?.address?.pipe?.path;
  if (admin === undefined) throw new Error('the bootstrap has no admin interface');
  return new EnvoyProcess({
    binary,
    admin: { path: admin },
    bootstrap: () => bootstrap,
    concurrency: CONCURRENCY,
    logLevel: 'warn',
    drainMs: 0,
  });
}

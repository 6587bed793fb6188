import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the API server would say about a manifest. */
export interface Verdict {
  /** Empty for an object that is accepted. */
  readonly errors: readonly string[];
  /** As it would be stored. */
  readonly object?: { readonly spec?: unknown } | null;
}

/**
 * What the API server's own code (pruning, defaults, OpenAPI and CEL validation) says about each manifest, by the CRDs
 * in some folders. Needs Go, and downloads Kubernetes' modules on the first run.
 */
export function verdictsOf(manifests: readonly object[], crdFolders: readonly string[]): Verdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-crds-'));
  try {
    const program = join(folder, 'kubernetes');
    go({
      args: ['build', '-o', program, '.'],
      cwd: join(fileURLToPath(new URL('.', import.meta.url)), 'kubernetes'),
    });
    const input = manifests.map((manifest) => `${JSON.stringify(manifest)}\n`).join('');
    const run = spawnSync(program, crdFolders, { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(`the validator failed: ${run.stderr}`);
    return run.stdout.trim().split('\n').map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function go({ args, cwd }: { readonly args: readonly string[]; readonly cwd: string }): void {
  const run = spawnSync('go', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'go1.27.0' },
  });
  if (run.error !== undefined) throw new Error(`this check needs Go: ${run.error.message}`);
  if (run.status !== 0) throw new Error(`go ${args.join(' ')} failed: ${run.stderr}`);
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEnvoy } from './binary.ts';
import type { BootstrapJson } from './bootstrap-parts.ts';

export type Validation = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface ValidateOptions {
  /** `findEnvoy()` unless told. */
  readonly binary?: string;
}

const waiting: (() => void)[] = [];
let running = 0;

/**
 * What `envoy --mode validate` says of a bootstrap; listeners, routes, clusters and secrets must be inside it, since
 * validation fetches nothing. As many run at once as there are processors, so thousands may be asked for together.
 * Rejects if Envoy itself cannot be run.
 */
export async function validate(
  bootstrap: BootstrapJson,
  { binary }: ValidateOptions = {},
): Promise<Validation> {
  const envoy = binary ?? findEnvoy();
  while (running >= availableParallelism()) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await validateNow(envoy, bootstrap);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function validateNow(envoy: string, bootstrap: BootstrapJson): Promise<Validation> {
  const directory = await mkdtemp(join(tmpdir(), 'dragoman-validate-'));
  try {
    const config = join(directory, 'bootstrap.json');
    await writeFile(config, JSON.stringify(bootstrap));
    const args = [
      '--mode',
      'validate',
      '--config-path',
      config,
      '--log-level',
      'error',
      '--log-format',
      '%v',
    ];
    return await new Promise((resolve, reject) => {
      execFile(envoy, [...args, '--disable-hot-restart', '--concurrency', '1'], (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true });
        else if (typeof error.code === 'string') reject(error);
        else resolve({ ok: false, message: reason(stderr || stdout, config) ?? error.message });
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** On one line, without the name of a file that is gone and without protobuf's random marker. */
function reason(output: string, config: string): string | undefined {
  const prefix = `error initializing configuration '${config}': `;
  const at = output.lastIndexOf(prefix);
  const text = at < 0 ? output : output.slice(at + prefix.length);
  return text.replaceAll(/goo\.gle\/debug\w+/g, '').replaceAll(/\s+/g, ' ').trim() || undefined;
}

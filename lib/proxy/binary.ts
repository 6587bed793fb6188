import { accessSync, constants, lstatSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** The Envoy that this version is built for and tested with. */
export const ENVOY_VERSION = '1.40.0';

/** The same as a container image. */
export const ENVOY_IMAGE: string = `docker.io/envoyproxy/envoy:distroless-v${ENVOY_VERSION}`;

export interface FindEnvoyOptions {
  /** `--envoy PATH`. */
  readonly path?: string | undefined;
  /** `process.env` unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The Envoy binary to run: the path given, else `DRAGOMAN_ENVOY`, else the per-user cache that set-up fills, else `envoy`
 * on the PATH. Throws an error that names the place if a named binary cannot be run, and all places if none is found.
 */
export function findEnvoy({ path, env = process.env }: FindEnvoyOptions = {}): string {
  for (const [named, source] of [[path, '--envoy'], [env['DRAGOMAN_ENVOY'], 'DRAGOMAN_ENVOY']] as const) {
    if (!named) continue;
    if (!isExecutable(named)) throw new Error(`${source} names ${named}, which is not an executable file`);
    return named;
  }
  const cached = cacheDirectories(env).map((directory) => join(directory, 'envoy')).find(isOwnExecutable);
  if (cached !== undefined) return cached;
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    if (directory !== '' && isExecutable(join(directory, 'envoy'))) return join(directory, 'envoy');
  }
  throw new Error(
    'no Envoy found: pass --envoy PATH, set DRAGOMAN_ENVOY, or put envoy on the PATH; ' +
      `"npm run setup" in the repository unpacks version ${ENVOY_VERSION}`,
  );
}

/** Where set-up may have put the binary, in order of preference; the last is for a home directory that cannot be written. */
export function cacheDirectories(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  const below = join('dragoman', 'envoy', ENVOY_VERSION);
  const directories: string[] = [];
  if (env['XDG_CACHE_HOME']?.startsWith('/')) directories.push(join(env['XDG_CACHE_HOME'], below));
  const home = env['HOME'] || homedir();
  if (home) directories.push(join(home, '.cache', below));
  directories.push(join(tmpdir(), `dragoman-${process.getuid?.()}`, 'envoy', ENVOY_VERSION));
  return directories;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return !lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Of ours or of root: in a shared temporary directory nobody else may put a program in our way. */
function isOwnExecutable(path: string): boolean {
  if (!isExecutable(path)) return false;
  const { uid } = lstatSync(path);
  return uid === process.getuid?.() || uid === 0;
}

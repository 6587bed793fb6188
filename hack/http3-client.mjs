// Installs aioquic, the HTTP/3 client of tests, into a per-user cache. Runs on Node 20 without dependencies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectories, writableDirectory } from './cache.mjs';
import { capture, SetupError } from './step.mjs';

const REQUIREMENTS = fileURLToPath(new URL('http3-client.txt', import.meta.url));

const [, VERSION] = /^aioquic==(.*)$/m.exec(readFileSync(REQUIREMENTS, 'utf8')) ?? [];

/** The directory for `PYTHONPATH`, if it is there. */
export function cachedHttp3Client(env = process.env) {
  return cacheDirectories(place(), env).map((directory) => join(directory, 'python')).find(isWhole);
}

/** Two at once do the same work, and the later rename fails or wins. */
export async function fetchHttp3Client() {
  const directory = writableDirectory(place(), 'aioquic');
  const work = mkdtempSync(join(directory, '.install-'));
  try {
    const { code, output, error } = await capture('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--root-user-action=ignore',
      '--target',
      join(work, 'python'),
      '--requirement',
      REQUIREMENTS,
    ]);
    if (code !== 0) {
      throw new SetupError(
        `pip could not install aioquic ${VERSION}, the HTTP/3 client of tests:\n${
          error?.message ?? output.trim()
        }`,
      );
    }
    rmSync(join(directory, 'python'), { recursive: true, force: true });
    renameSync(join(work, 'python'), join(directory, 'python'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isWhole(directory) {
  try {
    return readFileSync(join(directory, 'aioquic/__init__.py'), 'utf8').includes(VERSION);
  } catch {
    return false;
  }
}

/** Some of the packages are for one version of Python. */
function place() {
  return join('aioquic', `${VERSION}-${pythonVersion()}`);
}

let known;

function pythonVersion() {
  known ??= readPythonVersion();
  return known;
}

function readPythonVersion() {
  try {
    return execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    }).trim();
  } catch (error) {
    throw new SetupError(`python3 could not be started (${error.message}); install Python 3 with pip.`);
  }
}

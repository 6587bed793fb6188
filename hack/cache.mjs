// Where programs that set-up brings are kept, per user. Runs on Node 20 without dependencies.
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError } from './step.mjs';

/** Directories of that name, in order of preference. The last is for a home directory that cannot be written. */
export function cacheDirectories(name, env = process.env) {
  const directories = [];
  if (env.XDG_CACHE_HOME?.startsWith('/')) directories.push(join(env.XDG_CACHE_HOME, 'dragoman', name));
  const home = env.HOME || homedir();
  if (home) directories.push(join(home, '.cache', 'dragoman', name));
  directories.push(join(tmpdir(), `dragoman-${process.getuid()}`, name));
  return directories;
}

/** The first directory of that name that can be written and is our own; `what` is for the message. */
export function writableDirectory(name, what) {
  const problems = [];
  for (const directory of cacheDirectories(name)) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      accessSync(directory, constants.W_OK);
      if (lstatSync(directory).uid === process.getuid()) return directory;
      problems.push(`${directory}: belongs to another user`);
    } catch (error) {
      problems.push(error.message);
    }
  }
  throw new SetupError(
    `No place to keep ${what}:\n${
      problems.join('\n')
    }\nSet XDG_CACHE_HOME to a directory that can be written.`,
  );
}

/** Of ours or of root: nobody else may put a program in our way. */
export function isOwnExecutable(path) {
  try {
    const { uid } = lstatSync(path);
    accessSync(path, constants.X_OK);
    return uid === process.getuid() || uid === 0;
  } catch {
    return false;
  }
}

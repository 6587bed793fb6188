import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Set by the set-up (hack/cluster-programs.mjs): the directories that hold the programs of the cluster, joined as in PATH. */
const VARIABLE = 'DRAGOMAN_CLUSTER_PROGRAMS';

/** Path of a program that the set-up has built. Throws if it is not there. */
export function program(name: string): string {
  for (const directory of programDirectories()) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // In another of them.
    }
  }
  throw new Error(
    `${VARIABLE} has no ${name}; "npm run cluster" and "npm run conformance" build it and set the variable`,
  );
}

/** A PATH with the programs of the cluster, and those of the system that a user's may leave out. */
export function searchPath(): string {
  return [...programDirectories(), process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);
}

export function programDirectories(): string[] {
  return (process.env[VARIABLE] ?? '').split(delimiter).filter((directory) => directory !== '');
}

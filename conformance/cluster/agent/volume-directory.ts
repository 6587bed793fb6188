import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { VolumeFiles } from './volume-files.ts';

export interface WriteOptions {
  readonly files: VolumeFiles;
  /** Gets to read everything. */
  readonly group?: number | undefined;
}

/**
 * Brings a volume's directory to hold those files, all at once for whoever reads through it: they lie in a directory of their
 * own, to which `..data` points, and each name in the volume is a link through `..data`, as on any node. Does nothing if the
 * files are there as they should be.
 */
export function writeVolume(directory: string, { files, group }: WriteOptions): void {
  mkdirSync(directory, { recursive: true });
  const link = join(directory, '..data');
  const before = target(link);
  if (before !== undefined && holds(join(directory, before), files)) return;

  const fresh = mkdtempSync(`${directory}/..`);
  const own = group === undefined ? () => {} : (path: string) => chownSync(path, 0, group);
  // mkdtemp keeps it to its owner.
  chmodSync(fresh, 0o755);
  own(fresh);
  for (const [path, { content, mode }] of files) {
    const file = join(fresh, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content);
    own(file);
    // What its owner may read the group may too.
    chmodSync(file, group === undefined ? mode : mode | ((mode & 0o400) >> 3));
  }
  for (const name of topNames(files)) {
    if (target(join(directory, name)) === undefined) symlinkSync(join('..data', name), join(directory, name));
  }
  symlinkSync(basename(fresh), `${link}_new`);
  renameSync(`${link}_new`, link);
  if (before === undefined) return;
  for (const name of readdirSync(join(directory, before))) {
    if (!topNames(files).has(name)) rmSync(join(directory, name), { force: true });
  }
  rmSync(join(directory, before), { recursive: true, force: true });
}

function topNames(files: VolumeFiles): Set<string> {
  return new Set(Array.from(files.keys(), (path) => path.split('/')[0] ?? path));
}

function holds(directory: string, files: VolumeFiles): boolean {
  const there = filesBelow(directory);
  return there.length === files.size && there.every((path) => {
    const file = files.get(path);
    return file !== undefined && readFileSync(join(directory, path)).equals(file.content);
  });
}

/** Paths of all files, relative. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { FileProblem } from './problem.ts';

/** What a folder holds: manifest files, by the path that users know them by, with what tells their versions apart. */
export interface Scan {
  readonly files: ReadonlyMap<string, string>;
  /** Directories whose changes matter. */
  readonly directories: ReadonlyMap<string, DirectoryRole>;
  /** Directories that could not be read, so that what was known of them still holds. */
  readonly unreadable: readonly string[];
  readonly problems: readonly FileProblem[];
}

export interface ScanOptions {
  /** Called before a directory is read, so that no change between is missed. */
  readonly onDirectory?: (directory: string) => void;
}

/** Scanned itself, or only the home of a file that a link in a scanned one leads to. */
export type DirectoryRole = 'scanned' | 'linked';

const manifest = /\.(?:ya?ml|json)$/i;

/** Whether a file of this name is read: editors' backups and hidden files are not. */
export function isManifestName(name: string): boolean {
  return manifest.test(name) && !isHidden(name);
}

/** `.git`, `.#lock`, `..data`, `#autosave#`. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('#') || name.endsWith('~');
}

/** Tells two versions of a file apart without reading them. */
export function stampOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Walks a folder. Links are followed, each directory once. */
export async function scan(root: string, options: ScanOptions = {}): Promise<Scan> {
  const files = new Map<string, string>();
  const directories = new Map<string, DirectoryRole>();
  const unreadable: string[] = [];
  const problems: FileProblem[] = [];
  const visited = new Set<string>();

  const top = await statOf(root);
  if (top !== undefined) visited.add(identityOf(top));
  await walk(root);
  return { files, directories, unreadable, problems };

  async function walk(directory: string): Promise<void> {
    watch(directory, 'scanned');
    const found = await tryTo(directory, () => readdir(directory));
    if (found === undefined) {
      unreadable.push(directory);
      return;
    }
    const names = found.filter((name) => !isHidden(name)).sort();
    const stats = await Promise.all(names.map((name) => statOf(join(directory, name))));
    for (const [index, name] of names.entries()) {
      const path = join(directory, name);
      const found = stats[index];
      if (found === undefined) continue;
      if (found.isDirectory()) {
        if (visited.has(identityOf(found))) continue;
        visited.add(identityOf(found));
        await walk(path);
      } else if (found.isFile() && isManifestName(name)) {
        files.set(path, stampOf(found));
      }
    }
  }

  /** Changes of a link's target are seen only in the target's own directory. */
  async function statOf(path: string): Promise<BigIntStats | undefined> {
    try {
      const stats = await lstat(path, { bigint: true });
      if (!stats.isSymbolicLink()) return stats;
      const target = await stat(path, { bigint: true });
      if (target.isFile() && isManifestName(basename(path))) watch(dirname(await realpath(path)), 'linked');
      return target;
    } catch (error) {
      // A file that went away between is none; a link to nowhere may be a mistake.
      const link = await lstat(path).then((stats) => stats.isSymbolicLink(), () => false);
      if (link && isManifestName(basename(path))) {
        problems.push(ioProblem(path, error, 'is a link that leads nowhere'));
      }
      return undefined;
    }
  }

  async function tryTo<T>(path: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      problems.push(ioProblem(path, error));
      return undefined;
    }
  }

  function watch(directory: string, role: DirectoryRole): void {
    const known = directories.get(directory);
    if (known === undefined) options.onDirectory?.(directory);
    if (known !== 'scanned') directories.set(directory, role);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
  ELOOP: 'is a link that leads to itself',
  EMFILE: 'cannot be read: too many open files',
  EIO: 'cannot be read: input/output error',
};

/** What the system said about a file or folder, for people. */
export function ioProblem(file: string, error: unknown, otherwise?: string): FileProblem {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const known = code === undefined ? undefined : reasons[code];
  const message = code === 'ENOENT' && otherwise !== undefined
    ? otherwise
    : known ?? `cannot be read: ${String((error as Error | undefined)?.message ?? error)}`;
  return { severity: 'error', file, field: '', message };
}

import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

import type { AnyObject, Unreadable } from '../api/mod.ts';
import { Catalog, type FileState } from './catalog.ts';
import { type FileProblem, FolderError, type Source } from './problem.ts';
import { eachFile, maxFileBytes, readManifestFile, readText } from './read-file.ts';
import { ioProblem, scan } from './scan.ts';
import type { Path } from '../yaml/yaml-document.ts';

/** The objects of a folder and where they are written. */
export interface Folder {
  objects(): readonly AnyObject[];
  /** Those that cannot be decoded as they are written now. */
  unreadable(): readonly Unreadable[];
  /** Paths of the files, in order. */
  files(): readonly string[];
  /** Every problem there is now, in order of files and lines. */
  problems(): readonly FileProblem[];
  /** Where the field (such as `spec.rules[0].name`) of an object is written; the nearest place if it is absent. */
  sourceOf(kind: string, key: string, field?: string | Path): Source | undefined;
}

export interface LoadOptions {
  /** Read where the path is `-`; the process's own by default. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
}

/**
 * Reads a folder with all below it, one file, or standard input (`-`) once. Throws a `FolderError` if there is no such
 * thing or it cannot be read; whatever is wrong inside is among the problems.
 */
export async function loadFolder(path: string, options: LoadOptions = {}): Promise<Folder> {
  const catalog = new Catalog();
  if (path === '-') {
    catalog.update(new Map([['stdin', await readStdin(options.stdin)]]));
    return folderOf(catalog, () => []);
  }
  if (!await isFolder(path)) {
    const { content, problem } = await readManifestFile(path, undefined);
    if (content === undefined && problem !== undefined) throw new FolderError(`${path} ${problem.message}`);
    catalog.update(new Map([[path, { content, problem }]]));
    return folderOf(catalog, () => []);
  }
  const { files, problems, unreadable } = await scan(path);
  const denied = unreadable.includes(path) ? problems.find(({ file }) => file === path) : undefined;
  if (denied !== undefined) throw new FolderError(`${path} ${denied.message}`);
  const states = new Map<string, FileState>();
  await eachFile([...files.keys()], async (file) => {
    const { content, problem } = await readManifestFile(file, undefined);
    states.set(file, { content, problem });
  });
  catalog.update(states);
  return folderOf(catalog, () => problems);
}

/** Whether it is a folder and not a file; throws a `FolderError` if it is neither. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return true;
    if (stats.isFile()) return false;
  } catch (error) {
    throw new FolderError(`${path} ${ioProblem(path, error).message}`);
  }
  throw new FolderError(`${path} is neither a file nor a folder`);
}

/** A catalog as users of this module see it. */
export function folderOf(catalog: Catalog, others: () => readonly FileProblem[]): Folder {
  return {
    objects: () => catalog.objects(),
    unreadable: () => catalog.unreadable(),
    files: () => catalog.files(),
    problems: () => [...others(), ...catalog.problems()],
    sourceOf: (kind, key, field) => catalog.sourceOf(kind, key, field),
  };
}

async function readStdin(stdin: AsyncIterable<Uint8Array> | undefined): Promise<FileState> {
  const bytes = await buffer(stdin ?? process.stdin);
  if (bytes.length > maxFileBytes) throw new FolderError('standard input has more than 32 MiB');
  return readText('stdin', bytes);
}

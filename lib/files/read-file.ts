import { constants, open } from 'node:fs/promises';

import { type ManifestFile, readManifests } from './manifest-file.ts';
import type { FileProblem } from './problem.ts';
import { ioProblem, stampOf } from './scan.ts';

/** More is no manifest: the API server takes 3 MiB an object, and a list of 10,000 routes is about 6 MB. */
export const maxFileBytes: number = 32 * 1024 * 1024;

/** One reading of a file. */
export interface Reading {
  /** Absent if the file is gone. */
  readonly stamp?: string | undefined;
  readonly content?: ManifestFile | undefined;
  readonly problem?: FileProblem | undefined;
  /** It was written to meanwhile. */
  readonly moving: boolean;
}

/** Reads a file, with what was known of it before. Never throws. */
export async function readManifestFile(file: string, before: ManifestFile | undefined): Promise<Reading> {
  try {
    // A pipe in the place of a file would else be waited for, and the watch with it.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat({ bigint: true });
    const stamp = stampOf(stats);
    if (!stats.isFile()) {
      return {
        stamp,
        moving: false,
        problem: { severity: 'error', file, field: '', message: 'is not a file' },
      };
    }
    if (stats.size > BigInt(maxFileBytes)) {
      const message = `has ${megabytes(Number(stats.size))}, more than a manifest file may have`;
      const expected = `at most ${megabytes(maxFileBytes)}: split it into several files`;
      return { stamp, moving: false, problem: { severity: 'error', file, field: '', message, expected } };
    }
    const bytes = await handle.readFile();
    const moving = stampOf(await handle.stat({ bigint: true })) !== stamp;
    return { stamp, moving, ...readText(file, bytes, before) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { moving: false };
    return { stamp: 'unreadable', moving: false, problem: ioProblem(file, error) };
  }
}

/** Runs `read` for every file, some at a time. */
export async function eachFile(
  files: readonly string[],
  read: (file: string) => Promise<void>,
): Promise<void> {
  const queue = files.values();
  const worker = async (): Promise<void> => {
    for (const file of queue) await read(file);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** The documents of a file's bytes. */
export function readText(
  file: string,
  bytes: Uint8Array,
  before?: ManifestFile,
): Pick<Reading, 'content' | 'problem'> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const message = 'is not UTF-8 text';
    return { problem: { severity: 'error', file, field: '', message, expected: 'YAML or JSON in UTF-8' } };
  }
  return { content: readManifests(text, before) };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

import { chmod, writeFile } from 'node:fs/promises';

import { CommandError } from './io.ts';

/** Writes what holds a key: only the owner may read it. Throws a `CommandError` that names the option. */
export async function writePrivate(
  text: string,
  { flag, file }: { readonly flag: string; readonly file: string },
): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
    await chmod(file, 0o600);
  } catch (error) {
    throw new CommandError(`${flag} names ${file}, which cannot be written: ${(error as Error).message}`);
  }
}

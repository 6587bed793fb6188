import { build } from 'esbuild';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The program below the directory of a bundle, as its source is below that of a checkout. */
const PROGRAM = 'lib/cli/main';

/** Files beside the sources that the program reads. */
const FILES = ['LICENSE', 'manifests/examples/quickstart'];

/** Packages that are not ESM ask for Node's modules as they know it. */
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Writes the program to a directory, with all packages that it needs, in a few files of JavaScript for Node: reading nearly a
 * thousand files of sources takes longer than all else at a start. Answers the path of the program.
 */
export async function bundle(directory: string): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`${PROGRAM}.ts`],
    outdir: directory,
    outbase: '.',
    // As deep as the program, since files are found from there.
    chunkNames: `${dirname(PROGRAM)}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE },
    logLevel: 'warning',
    minifyWhitespace: true,
    minifySyntax: true,
    // What throws is shown with its line, which is to stay readable.
    lineLimit: 120,
  });
  const { name, version, license } = JSON.parse(read('package.json')) as Readonly<Record<string, string>>;
  writeFileSync(
    join(directory, 'package.json'),
    `${JSON.stringify({ name, version, license, type: 'module' }, null, 2)}\n`,
  );
  for (const file of FILES) cpSync(join(ROOT, file), join(directory, file), { recursive: true });
  return join(directory, `${PROGRAM}.js`);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

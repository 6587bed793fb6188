/** `npm run build -- DIRECTORY`: the program in a few files, as the image has it. */

import { resolve } from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.ts';

const [directory, ...others] = process.argv.slice(2);
if (directory === undefined || directory.startsWith('-') || others.length > 0) {
  console.error('usage: npm run build -- DIRECTORY');
  process.exitCode = 2;
} else {
  console.log(await bundle(resolve(directory)));
}

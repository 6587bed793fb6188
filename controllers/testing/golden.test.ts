import { basename } from 'node:path';
import { test } from 'node:test';
import { check, goldens } from './golden.ts';

for (const file of goldens()) {
  test(`golden ${basename(file, '.yaml')}`, () => check(file));
}

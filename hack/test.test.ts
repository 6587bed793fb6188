import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

test('`npm test PART` says that no file has the PART in its name', async () => {
  // It is no TypeScript, and has no types.
  const runner = './test.mjs';
  const { test: run } = await import(runner) as {
    readonly test: (root: string, only: readonly string[]) => Promise<number>;
  };
  await assert.rejects(run(root, ['no-such-file']), /no test file has no-such-file in its name/);
});

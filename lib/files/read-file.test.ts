import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifestFile } from './read-file.ts';

test('a pipe in the place of a file is a problem and not waited for', { timeout: 5_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-pipe-'));
  const pipe = join(directory, 'routes.yaml');
  execFileSync('mkfifo', [pipe]);
  const { content, problem } = await readManifestFile(pipe, undefined);
  assert.equal(content, undefined);
  assert.equal(problem?.message, 'is not a file');
  rmSync(directory, { recursive: true });
});

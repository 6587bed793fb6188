import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { VolumeFiles } from './volume-files.ts';
import { writeVolume } from './volume-directory.ts';

const files = (contents: Readonly<Record<string, string>>): VolumeFiles =>
  new Map(
    Object.entries(contents).map(([path, text]) => [path, { content: Buffer.from(text), mode: 0o640 }]),
  );

test('a volume holds its files, and only the latest', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-volume-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');

  writeVolume(directory, { files: files({ 'a': 'one', 'deep/b': 'two' }) });
  assert.deepEqual([read('a'), read('deep/b')], ['one', 'two']);
  assert.equal(statSync(join(directory, 'a')).mode & 0o777, 0o640);

  writeVolume(directory, { files: files({ a: 'three' }) });
  assert.equal(read('a'), 'three');
  assert.deepEqual(readdirSync(directory).filter((name) => !name.startsWith('..')), ['a']);
});

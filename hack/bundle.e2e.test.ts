import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { ownVersion } from '../lib/cli/version.ts';
import { bundle } from './bundle.ts';

let directory = '';
let program = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragoman-bundle-'));
  program = await bundle(directory);
});

after(() => rm(directory, { recursive: true, force: true }));

test('a bundle needs nothing beside it, and knows its version', async () => {
  assert.deepEqual((await readdir(directory)).sort(), ['LICENSE', 'lib', 'manifests', 'package.json']);
  const { stdout, status } = dragoman('version');
  assert.equal(status, 0);
  assert.ok(stdout.includes(ownVersion()), stdout);
});

test('a bundle translates manifests', () => {
  const { stdout, status } = dragoman('translate', join(directory, 'manifests/examples/quickstart'));
  assert.equal(status, 0);
  assert.match(stdout, /type\.googleapis\.com\/envoy\.config\.listener\.v3\.Listener|listeners?/i);
});

test('a bundle loads the whole of what it runs by', () => {
  const { stderr, status } = dragoman('run', '--kubernetes', '--kubeconfig', join(directory, 'absent'));
  assert.equal(status, 1);
  assert.match(stderr, /^error: kubeconfig .*absent: ENOENT/);
});

function dragoman(...args: readonly string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: directory });
}

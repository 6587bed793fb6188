import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { importsOf } from '../import-rules.ts';
import { MANIFESTS } from './objects.ts';

const ROOT = dirname(MANIFESTS);
const PROGRAM = 'lib/cli/main';

test('the image has every file that the program imports', () => {
  const ignored = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const kept = new Set(ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
  assert.ok(kept.has('lib') && kept.has('controllers'));
  assert.deepEqual(ignored.filter((line) => line.startsWith('**')), [
    '**/*.test.ts',
    '**/testdata',
    '**/testing',
  ]);
  assert.deepEqual([...closure('hack/build.ts')].filter((file) => !kept.has(file)), []);
  for (const file of closure(`${PROGRAM}.ts`)) {
    assert.match(file, /^(lib|controllers)\/(?!(.*\/)?(testing|testdata)\/).*(?<!\.test)\.ts$/);
  }
});

test('the image runs the program as the user that the Deployment names', () => {
  const dockerfile = read('Dockerfile');
  const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '') as readonly string[];
  assert.equal(entrypoint.at(-1), `/app/${PROGRAM}.js`);
  const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? [];
  const deployment = read('manifests/install/deployment.yaml');
  assert.ok(deployment.includes(`runAsUser: ${user}\n`) && deployment.includes(`runAsGroup: ${group}\n`));
});

/** Files of ours that are imported, directly or not. */
function closure(file: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(file)) return known;
  known.add(file);
  // Is generated.
  if (file.startsWith('lib/envoy/gen/')) return known;
  assert.ok(existsSync(join(ROOT, file)), file);
  for (const { from } of importsOf(read(file))) {
    if (from.startsWith('.')) closure(join(dirname(file), from), known);
  }
  return known;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { legacyCRDFiles } from './legacy-crds.ts';

const folder = fileURLToPath(new URL('../../manifests/legacy', import.meta.url));

test('manifests/legacy has the CRDs of the schemas, and no others', () => {
  const files = legacyCRDFiles();
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
  }
  const found = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort();
  assert.deepEqual(found, [...files.keys()].sort());
  for (const [name, text] of files) assert.equal(readFileSync(join(folder, name), 'utf8'), text, name);
});

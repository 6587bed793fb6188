import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { kinds } from '../../lib/api/mod.ts';
import { compareKinds } from './compare-kinds.ts';
import { readFolder } from './upstream.ts';

/** The CRDs that we install. */
const folder = fileURLToPath(new URL('../../manifests/crds', import.meta.url));

test('our own CRDs say what lib/api checks', () => {
  const own = readFolder(folder);
  assert.deepEqual(own.map(({ spec }) => spec.names.kind), ['GatewayParameters']);
  const crds = { experimental: own, standard: [] };
  assert.deepEqual(compareKinds({ kinds, crds, exceptions: { rules: {}, patterns: [], kinds: {} } }), []);
});

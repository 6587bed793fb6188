import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, violations } from './import-rules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

test('every source file keeps the import rules', () => {
  const files = sources(root);
  assert.ok(files.length > 50, `only ${files.length} sources found`);
  const found = files.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(found, []);
});

const FORBIDDEN: readonly (readonly [path: string, source: string])[] = [
  ['lib/graph/a.ts', `import { x } from '../model/mod.ts';`],
  ['lib/graph/a.ts', `import { readFileSync } from 'node:fs';`],
  ['lib/model/a.ts', `import type { Keyed } from '../graph/types.ts';`],
  ['lib/api/a.ts', `import { parse } from 'yaml';`],
  ['lib/envoy/a.ts', `import type { Gateway } from '../api/gateway.ts';`],
  ['lib/envoy/a.ts', `import { createGraph } from '../graph/types.ts';`],
  ['lib/envoy/a.ts', `export { connect } from 'node:http2';`],
  ['lib/xds/a.ts', `import { run } from '../proxy/process.ts';`],
  ['lib/xds/a.ts', `import { log } from '../telemetry/log.ts';`],
  ['lib/proxy/bootstrap-a.ts', `import { run } from './process.ts';`],
  ['lib/proxy/bootstrap.ts', `import { readFileSync } from 'node:fs';`],
  ['controllers/infra/a.ts', `import { run } from '../../lib/proxy/process.ts';`],
  ['controllers/gateway/a.ts', `import { bootstrap } from '../../lib/proxy/bootstrap.ts';`],
  ['lib/files/a.ts', `import * as kube from '../kube/watch.ts';`],
  ['lib/files/a.ts', `await import('../http/mod.ts');`],
  ['controllers/gateway/a.ts', `import { serve } from '../../lib/xds/server.ts';`],
  ['controllers/gateway/a.ts', `import { type Keyed, build } from '../../lib/graph/types.ts';`],
  ['controllers/gateway/a.ts', `import {\n  wire,\n} from '../graph.ts';`],
  ['controllers/gateway/a.ts', `import '../run.ts';`],
  ['controllers/gateway/a.ts', `import { typeUrls } from '../../lib/envoy/resource.ts';`],
  ['controllers/a.ts', `import { serve } from '../lib/http/server.ts';`],
  ['elsewhere/a.ts', ``],
];

for (const [path, source] of FORBIDDEN) {
  test(`violations() refuses ${JSON.stringify(source)} in ${path}`, () => {
    assert.equal(violations(path, source).length, 1);
  });
}

const ALLOWED: readonly (readonly [path: string, source: string])[] = [
  ['lib/graph/a.ts', `import { b } from './b.ts';`],
  ['lib/api/a.ts', `import { z } from 'zod';\nimport { b } from './b.ts';`],
  [
    'lib/envoy/a.ts',
    `import { Cluster } from './gen/cluster_pb.ts';\nimport type { Keyed } from '../graph/types.ts';`,
  ],
  [
    'lib/xds/a.ts',
    `import { type Resource } from '../envoy/resource.ts';\nimport * as grpc from '@grpc/grpc-js';`,
  ],
  [
    'controllers/gateway/a.ts',
    `import { grants } from '../grants.ts';\nimport type { Gateway } from '../../lib/api/gateway.ts';`,
  ],
  ['lib/proxy/bootstrap.ts', `import { address } from './bootstrap-parts.ts';`],
  ['lib/proxy/process.ts', `import { address } from './bootstrap-parts.ts';`],
  ['controllers/infra/a.ts', `import { bootstrap } from '../../lib/proxy/bootstrap-kubernetes.ts';`],
  ['controllers/uses.ts', `import { typeUrls } from '../lib/envoy/resource.ts';`],
  ['controllers/run.ts', `import { serve } from '../lib/xds/server.ts';`],
  ['lib/cli/a.ts', `import { run } from '../../controllers/run.ts';`],
  ['lib/graph/a.test.ts', `import { run } from '../../controllers/run.ts';`],
  ['lib/graph/a.ts', `/** import x from 'y'; */\n// import 'z'\nconst from = 'x';`],
];

for (const [path, source] of ALLOWED) {
  test(`violations() accepts ${JSON.stringify(source)} in ${path}`, () => {
    assert.deepEqual(violations(path, source), []);
  });
}

test('importsOf() finds each form of import', () => {
  const source = [
    `import a from 'a';`,
    `import type { B } from "b";`,
    `import c, { d } from 'c';`,
    `import * as e from 'e';`,
    `import 'f';`,
    `export * from 'g';`,
    `export type { H } from 'h';`,
    `const i = await import('i');`,
    `import {\n  type J,\n  type K,\n} from 'j';`,
  ].join('\n');
  assert.deepEqual(
    importsOf(source).map(({ from, typeOnly }) => (typeOnly ? `type ${from}` : from)),
    ['a', 'type b', 'c', 'e', 'f', 'g', 'type h', 'i', 'type j'],
  );
});

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      return /^(node_modules|gen|testdata|\..*)$/.test(entry.name) ? [] : sources(path);
    }
    return entry.name.endsWith('.ts') ? [relative(root, path)] : [];
  });
}

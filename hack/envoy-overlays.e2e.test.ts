import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findEnvoy } from '../lib/proxy/binary.ts';
import { declarations, descriptorsIn } from './envoy-descriptors.ts';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';

const generated = join(dirname(dirname(fileURLToPath(import.meta.url))), 'lib/envoy/gen');

/** What the shipped protos say and Envoy 1.40 does not: nothing here may use these. */
const GONE = [
  /^message envoy\.config\.listener\.v3\.(Api|Validation)?ListenerManager$/,
  /^(message )?envoy\.config\.listener\.v3\.FilterChain\.(OnDemandConfiguration|on_demand_configuration)\b/,
  /^(message )?envoy\.extensions\.filters\.http\.ratelimit\.v3\.RateLimitConfig\b/,
];

test('the generated types declare what Envoy itself declares', async () => {
  const binary = descriptorsIn(readFileSync(findEnvoy()), ['envoy/', 'xds/']);
  assert.ok(binary.size > 400, `only ${binary.size} descriptors found in the binary`);

  const unknown: string[] = [];
  let compared = 0;
  for (const file of await generatedFiles()) {
    const own = binary.get(file.name);
    if (own === undefined) continue;
    const known = new Set(declarations(own));
    for (const line of declarations(file)) {
      compared++;
      if (!known.has(line) && !GONE.some((gone) => gone.test(line))) unknown.push(`${file.name}: ${line}`);
    }
  }
  assert.deepEqual(unknown, []);
  assert.ok(compared > 3_000, `only ${compared} declarations compared`);
});

async function generatedFiles(): Promise<FileDescriptorProto[]> {
  const names = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('_pb.ts')
  );
  const modules = await Promise.all(names.map((name) => import(pathToFileURL(join(generated, name)).href)));
  return modules.flatMap((module) =>
    Object.values(module as Record<string, { kind?: string; proto?: FileDescriptorProto }>)
      .flatMap((value) => (value?.kind === 'file' && value.proto !== undefined ? [value.proto] : []))
  );
}

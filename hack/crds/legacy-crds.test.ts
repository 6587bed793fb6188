import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { legacyFields } from '../../lib/api/legacy/fields.ts';
import { legacyKinds } from '../../lib/api/legacy/kinds.ts';
import { legacyCRDFiles } from './legacy-crds.ts';
import { type OpenAPISchema, readFolder } from './upstream.ts';

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

/** Whether the API server keeps a field: the schema has it, or takes anything where it is. */
function keeps(schema: OpenAPISchema | undefined, steps: readonly string[]): boolean {
  if (schema === undefined) return false;
  const [step, ...rest] = steps;
  if (step === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
  if (step === '[]') return keeps(schema.items, rest);
  const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return keeps(step === '{}' ? others : schema.properties?.[step], rest);
}

test('the CRDs keep every field of every version that has one', () => {
  const schemas = new Map(
    readFolder(folder).flatMap(({ spec: { names, versions } }) =>
      versions.map(({ name, schema }) => [`${names.kind} ${name}`, schema.openAPIV3Schema.properties?.spec])
    ),
  );
  const fields = legacyFields().filter(({ dialect }) => dialect !== 'v0');
  assert.ok(fields.length > 1000);
  for (const { kind, dialect, field } of fields) {
    const schema = schemas.get(`${kind} ${dialect}`);
    const steps = field.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];
    assert.ok(keeps(schema, steps), `${kind} ${dialect} ${field}`);
    assert.ok(!keeps(schema, ['no_such_field']), kind);
  }
});

test('the versions of a CRD differ in nothing but the host of a Mapping', () => {
  for (const { spec: { names, versions } } of readFolder(folder)) {
    assert.deepEqual(
      versions.map(({ name }) => name),
      legacyKinds[names.kind as keyof typeof legacyKinds].dialects.filter((dialect) => dialect !== 'v0'),
    );
    const texts = versions.map(({ schema }) =>
      JSON.stringify(
        schema,
        (key, value: unknown) => names.kind === 'Mapping' && key === 'default' ? undefined : value,
      )
    );
    assert.equal(new Set(texts).size, 1, names.kind);
  }
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { ownVersion } from '../../lib/cli/version.ts';
import { MANIFESTS } from './objects.ts';

const CHART = join(MANIFESTS, 'helm', 'dragoman');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

test('the chart is of this version', () => {
  const { version, appVersion } = read('Chart.yaml') as Readonly<Record<string, string>>;
  assert.deepEqual({ version, appVersion }, { version: ownVersion(), appVersion: ownVersion() });
});

test('the chart has all our CRDs', () => {
  const ours = readdirSync(join(MANIFESTS, 'crds')).filter((name) => name !== 'kustomization.yaml');
  assert.deepEqual(readdirSync(join(CHART, 'crds')), ours);
  for (const name of ours) {
    assert.equal(text('crds', name), readFileSync(join(MANIFESTS, 'crds', name), 'utf8'), name);
  }
});

test("the schema of the chart's values has those that there are", () => {
  const schema = JSON.parse(text('values.schema.json')) as Schema;
  // Helm gives charts that are part of others this one.
  const { global: _, ...properties } = schema.properties ?? {};
  compare({ ...schema, properties }, read('values.yaml'), 'values');
});

function compare({ properties, additionalProperties }: Schema, values: unknown, path: string): void {
  if (properties === undefined || typeof values !== 'object' || values === null) return;
  assert.equal(additionalProperties, false, path);
  // What Kubernetes has in a container, of which values need not name all.
  const known = path === 'values.resources' ? ['limits', 'requests'] : Object.keys(properties).sort();
  assert.deepEqual(Object.keys(values).sort(), known, path);
  for (const [name, value] of Object.entries(values)) {
    compare(properties[name] ?? {}, value, `${path}.${name}`);
  }
}

function read(name: string): unknown {
  return parse(text(name));
}

function text(...path: readonly string[]): string {
  return readFileSync(join(CHART, ...path), 'utf8');
}

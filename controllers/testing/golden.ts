/** Golden files: `testdata/NAME.yaml` in, `NAME.envoy.json` and `NAME.status.yaml` out. Rewritten by `UPDATE_GOLDEN=1`. */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseAllDocuments, stringify } from 'yaml';
import { decode, manifestsIn } from '../../lib/api/mod.ts';
import { type Resource, resourceJson } from '../../lib/envoy/mod.ts';
import { createDataflow, type Dataflow } from '../graph.ts';
import { inputOf } from '../inputs.ts';
import type { Settings } from '../settings.ts';

const SETTINGS: Settings = {
  mode: 'standalone',
  bind: '127.0.0.1',
  privilegedPortShift: 8000,
  allowLocalBackends: true,
};

/** Runs the manifests of one file through the whole graph. Faults of the graph are thrown. */
export function translate(yaml: string): Dataflow {
  const dataflow = createDataflow(SETTINGS, {
    onFault: ({ collection, source, error }) => {
      throw new Error(`fault in ${collection} at ${source}`, { cause: error });
    },
  });
  for (const document of parseAllDocuments(yaml)) {
    assert.deepEqual(document.errors, []);
    for (const { raw } of manifestsIn(document.toJS())) {
      const { object, problems } = decode(raw);
      if (object === undefined) throw new Error(`a golden holds a bad manifest: ${JSON.stringify(problems)}`);
      inputOf(dataflow.objects, object.kind)?.set(object);
    }
  }
  dataflow.graph.commit();
  return dataflow;
}

/** Compares one input with its outputs. */
export function check(file: string): void {
  const dataflow = translate(readFileSync(file, 'utf8'));
  const base = file.slice(0, -'.yaml'.length);
  compare(`${base}.envoy.json`, `${JSON.stringify(envoyJson(dataflow.resources.values()), null, 2)}\n`);
  compare(`${base}.status.yaml`, statusYaml(dataflow));
}

/** Inputs below `controllers/`; removes orphaned outputs if asked to update, and fails on them else. */
export function goldens(): string[] {
  const controllers = dirname(import.meta.dirname);
  const all = globSync('*/testdata/*', { cwd: controllers }).map((file) => join(controllers, file));
  const inputs = all.filter((file) => file.endsWith('.yaml') && !file.endsWith('.status.yaml')).sort();
  for (const file of all) {
    const base = file.replace(/\.(envoy\.json|status\.yaml)$/, '');
    if (base === file || existsSync(`${base}.yaml`)) continue;
    if (process.env['UPDATE_GOLDEN'] !== '1') throw new Error(`${file} has no input`);
    rmSync(file);
  }
  return inputs;
}

function envoyJson(resources: readonly Resource[]): unknown {
  const byType: Record<string, Record<string, unknown>> = {};
  for (const resource of resources) (byType[resource.type] ??= {})[resource.name] = resourceJson(resource);
  return byType;
}

function statusYaml({ statuses, diagnostics }: Dataflow): string {
  return stringify({
    status: Object.fromEntries(statuses.values().map(({ key, status }) => [key, status])),
    diagnostics: diagnostics.values().flatMap((set) =>
      set.diagnostics.map(({ severity, code, field, message, fix }) => ({
        object: set.key,
        severity,
        code,
        field,
        message,
        fix,
      }))
    ),
  }, { lineWidth: 0, aliasDuplicateObjects: false });
}

function compare(file: string, actual: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1 and review it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

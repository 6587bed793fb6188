import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Known, knownFields, prune } from '../known-fields.ts';
import type { Problem } from '../problem.ts';
import { type LegacyField, legacyFields } from './fields.ts';
import { legacyKinds } from './kinds.ts';
import { inventory, pathsOf } from './testing/inventory.ts';

function versionOf({ kind, variant, dialect }: LegacyField): string {
  return `${variant === '' ? kind : `${kind} ${variant}`} ${dialect}`;
}

const byVersion = Map.groupBy(legacyFields(), versionOf);

/** v3alpha1 takes what v2 takes, too: docs/legacy.md says why. */
function fieldsOf(versions: Readonly<Record<string, string>>, dialect: string): string[] {
  return pathsOf(`${versions[dialect]} ${dialect === 'v3alpha1' ? versions.v2 ?? '' : ''}`);
}

test('the table has the fields of the inventory, and no others', () => {
  const written = Object.entries(inventory).flatMap(([kind, versions]) =>
    Object.keys(versions).map((
      dialect,
    ): [string, string[]] => [`${kind} ${dialect}`, fieldsOf(versions, dialect)])
  );
  const found = [...byVersion].map(([version, fields]): [string, string[]] => [
    version,
    [...new Set(fields.map(({ field }) => field))].sort(),
  ]);
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(written));
});

/** A value that has the field and nothing else. */
function valueWith(field: string): unknown {
  let value: unknown = 'x';
  for (const step of field.match(/\[\]|\{\}|[^.[\]{}]+/g)?.reverse() ?? []) {
    value = step === '[]' ? [value] : { [step === '{}' ? 'any-key' : step]: value };
  }
  return value;
}

function problemsOf(value: unknown, known: Known): readonly Problem[] {
  const problems: Problem[] = [];
  prune(value, known, { path: [], problems });
  return problems;
}

function parentOf(field: string): string {
  return field.slice(0, Math.max(0, field.lastIndexOf('.')));
}

test('the schemas take every field of the table, and warn of its neighbours', () => {
  for (const [version, fields] of byVersion) {
    const [{ kind, variant, dialect } = assert.fail()] = fields;
    const known = knownFields(legacyKinds[kind].spec(dialect, variant), { open: false });
    for (const { field } of fields) {
      assert.deepEqual(problemsOf(valueWith(field), known), [], `${version} ${field}`);
      const free = kind === 'Pragma' ||
        fields.some((other) => other.field.startsWith(`${parentOf(field)}{}`));
      const [problem] = problemsOf(valueWith(`${field}_no`), known);
      assert.equal(problem?.severity, free ? undefined : 'warning', `${version} ${field}_no`);
    }
  }
});

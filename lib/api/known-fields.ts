import { z } from 'zod';

import type { Problem } from './problem.ts';
import { nearest } from './suggestion.ts';

/** What a schema knows about the fields below a value; undefined if it has none. */
export type Known = KnownMapping | KnownList | KnownEither | typeof skipped | undefined;

interface KnownMapping {
  readonly fields: ReadonlyMap<string, Known>;
  /** Whether other fields are allowed, too. */
  readonly open: boolean;
  /** What is known about those. */
  readonly others?: Known;
}

interface KnownList {
  readonly items: Known;
}

/** A value that may be a mapping or a list. */
interface KnownEither {
  readonly mapping: Known;
  readonly list: Known;
}

/** A field that is allowed and dropped, whatever it holds. */
export const skipped: { readonly skipped: true } = { skipped: true };

export interface KnownOptions {
  /** Whether mappings may have fields that the schema does not name. */
  readonly open: boolean;
}

/** The fields of a schema, without what surrounds them: defaults, checks and transforms. */
export function knownFields(schema: unknown, options: KnownOptions): Known {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape)
      .map(([name, field]): [string, Known] => [name, knownFields(field, options)]);
    const { catchall } = schema.def;
    if (catchall === undefined) return { fields: new Map(fields), open: options.open };
    return { fields: new Map(fields), open: true, others: knownFields(catchall, options) };
  }
  if (schema instanceof z.ZodRecord) {
    if (schema.valueType instanceof z.ZodUnknown) return undefined;
    return { fields: new Map(), open: true, others: knownFields(schema.valueType, options) };
  }
  if (schema instanceof z.ZodArray) return { items: knownFields(schema.element, options) };
  if (
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  ) {
    return knownFields(schema.unwrap(), options);
  }
  if (schema instanceof z.ZodPipe) return knownFields(schema.in, options);
  if (schema instanceof z.ZodUnion) {
    return either(schema.options.map((option: unknown) => knownFields(option, options)));
  }
  return undefined;
}

/** Of several mappings what each has is known. */
function either(alternatives: readonly Known[]): Known {
  let mapping: KnownMapping | undefined;
  let list: Known;
  for (const known of alternatives) {
    if (known === undefined || known === skipped) continue;
    if ('items' in known) list ??= known;
    if (!('fields' in known)) continue;
    mapping = {
      fields: new Map([...mapping?.fields ?? [], ...known.fields]),
      open: known.open || mapping?.open === true,
      others: mapping?.others ?? known.others,
    };
  }
  return mapping === undefined && list === undefined ? undefined : { mapping, list };
}

export interface PruneReport {
  /** Of the value; changed while it is walked. */
  readonly path: (string | number)[];
  readonly problems: Problem[];
}

/**
 * The value without the fields that are null, which the API server treats as absent. Unknown fields are reported as
 * warnings: they are dropped, and often a misspelt name. What the schema knows nothing about is not walked, so that
 * no nesting is too deep.
 */
export function prune(value: unknown, known: Known, report: PruneReport): unknown {
  if (known === undefined || known === skipped) return value;
  if ('mapping' in known) return prune(value, Array.isArray(value) ? known.list : known.mapping, report);
  if ('items' in known) return Array.isArray(value) ? pruneList(value, known, report) : value;
  return 'fields' in known && isMapping(value) ? pruneMapping(value, known, report) : value;
}

/** Whether a parsed value is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pruneList(list: readonly unknown[], { items }: KnownList, report: PruneReport): readonly unknown[] {
  if (items === undefined) return list;
  let pruned: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    report.path.push(index);
    const item = prune(list[index], items, report);
    report.path.pop();
    if (item === list[index]) continue;
    pruned ??= [...list];
    pruned[index] = item;
  }
  return pruned ?? list;
}

function pruneMapping(
  source: Readonly<Record<string, unknown>>,
  { fields, open, others }: KnownMapping,
  report: PruneReport,
): Readonly<Record<string, unknown>> {
  let pruned: Record<string, unknown> | undefined;
  for (const name of Object.keys(source)) {
    const value = source[name];
    const field = fields.has(name) ? fields.get(name) : others;
    // zod drops it silently, and a selector without its only label would take everything.
    if (name === '__proto__' && open) {
      report.problems.push({
        severity: 'error',
        path: [...report.path, name],
        message: 'is not allowed as a key',
      });
      continue;
    }
    if (!open && !fields.has(name)) {
      report.problems.push(unknownField([...report.path, name], fields));
      continue;
    }
    if (value === null || value === undefined) {
      pruned ??= { ...source };
      Reflect.deleteProperty(pruned, name);
      continue;
    }
    if (field === undefined || typeof value !== 'object') continue;
    report.path.push(name);
    const kept = prune(value, field, report);
    report.path.pop();
    if (kept === value) continue;
    pruned ??= { ...source };
    pruned[name] = kept;
  }
  return pruned ?? source;
}

const maxListed = 12;

function unknownField(path: readonly (string | number)[], fields: ReadonlyMap<string, Known>): Problem {
  const near = nearest(String(path.at(-1)), fields.keys());
  const expected = near ?? (fields.size <= maxListed ? `one of ${[...fields.keys()].join(', ')}` : undefined);
  return {
    severity: 'warning',
    path,
    message: 'is not a known field, so it has no effect',
    ...(expected === undefined ? {} : { expected }),
  };
}

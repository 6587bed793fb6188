import type { z } from 'zod';

import { withoutFormer } from './former.ts';
import { describe, typeName } from './issue.ts';
import { type AnyObject, apiVersionOf, schemaOf } from './kinds.ts';
import { isMapping, type Known, knownFields, prune, skipped } from './known-fields.ts';
import { findKind } from './known-kind.ts';
import { droppedMetaFields, type Manifest } from './manifest.ts';
import { keyOf, type KubeObject } from './object.ts';
import type { Problem } from './problem.ts';
import type { Path } from './rule.ts';

/** An object with at most warnings, or no object and the problems that kept it out. */
export type Decoded<K extends KubeObject = AnyObject> =
  | { readonly object: K; readonly problems: readonly Problem[] }
  | { readonly object?: undefined; readonly problems: readonly Problem[] };

/**
 * Checks one parsed manifest as the API server would: schema, defaults and validation rules of Gateway API v1.7.0
 * (experimental channel, a superset). Null fields count as absent, unknown ones are dropped with a warning, `status`
 * and the metadata that nothing reads silently. A kind that nothing here reads gives no object and only a warning,
 * unless it looks misspelt. Never throws.
 *
 * Fields that v1.6 writes in another way are read as v1.7 would have them, with a warning unless the manifest is `stored`:
 * then an API server has it, whose definitions may be of v1.6.
 */
export function decode(raw: unknown, { stored = false }: { readonly stored?: boolean } = {}): Decoded {
  if (!isMapping(raw)) {
    const expected = 'a mapping with apiVersion, kind, metadata and spec';
    return { problems: [{ severity: 'error', path: [], message: `is ${typeName(raw)}`, expected }] };
  }
  const found = findKind(raw);
  if ('problem' in found) return { problems: [found.problem] };
  const { info, version } = found;
  const schema = schemaOf(info, version, nameIn(raw));
  const former: Problem[] = [];
  const manifest = withoutFormer(raw, { stored, problems: former });
  const by = { schema, complete: info.complete, apiVersion: apiVersionOf(info, version) };
  const { object, problems } = decodeBy(manifest, by);
  return { object, problems: former.length === 0 ? problems : [...former, ...problems] } as Decoded;
}

/** What a manifest has to be. */
export interface DecodeBy {
  readonly schema: z.ZodType<Manifest<KubeObject>>;
  /** Whether the schema has every field of `spec`, so that any other is a mistake. */
  readonly complete: boolean;
  /** Replaces the manifest's, so that thousands of objects share one string. */
  readonly apiVersion: string;
}

/** As `decode`, for a manifest whose kind and version are known. */
export function decodeBy<K extends KubeObject>(
  raw: Readonly<Record<string, unknown>>,
  { schema, complete, apiVersion }: DecodeBy,
): Decoded<K> {
  const problems: Problem[] = [];
  const manifest = prune(raw, knownOf(schema, complete), { path: [], problems });
  const result = schema.safeParse(manifest, { reportInput: true });
  if (!result.success) {
    const describeOne = raw.kind === 'Secret' ? describeInSecret : describe;
    return { problems: [...result.error.issues.map(describeOne), ...problems] };
  }
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  const { data } = result;
  return { object: { key: keyOf(data.metadata), ...data, apiVersion } as K, problems };
}

function nameIn({ metadata }: Readonly<Record<string, unknown>>): unknown {
  return isMapping(metadata) ? metadata.name : undefined;
}

/** No message shows a secret, not even one that is a number by mistake. */
function describeInSecret(issue: z.core.$ZodIssue): Problem {
  const problem = describe(issue);
  const [first, key] = problem.path;
  if (issue.code !== 'invalid_type' || (first !== 'data' && first !== 'stringData')) return problem;
  const expected = key === undefined ? 'a mapping' : 'a string: put it in quotes';
  return { ...problem, message: 'has the wrong type', expected };
}

/** One manifest of a document, and where it is in it. */
export interface Embedded {
  readonly raw: unknown;
  readonly path: Path;
}

/** The manifests of a parsed document: the items of a `List`, or the document itself; none if it is empty. */
export function manifestsIn(document: unknown): readonly Embedded[] {
  if (document === null || document === undefined) return [];
  if (!isMapping(document) || !isList(document)) return [{ raw: document, path: [] }];
  return document.items.map((raw, index) => ({ raw, path: ['items', index] }));
}

function isList(
  document: Readonly<Record<string, unknown>>,
): document is Readonly<Record<string, unknown>> & { readonly items: readonly unknown[] } {
  return typeof document.kind === 'string' && document.kind.endsWith('List') && Array.isArray(document.items);
}

const knownBySchema = new Map<z.ZodType, Known>();

function knownOf(schema: z.ZodType, complete: boolean): Known {
  let known = knownBySchema.get(schema);
  if (known === undefined) {
    known = knownManifest(schema, complete);
    knownBySchema.set(schema, known);
  }
  return known;
}

/** The fields that a manifest may have. Where not all of `spec` is known, any are allowed outside `metadata`. */
function knownManifest(schema: z.ZodType, complete: boolean): Known {
  const manifest = knownFields(schema, { open: !complete });
  const closed = knownFields(schema, { open: false });
  if (manifest === undefined || !('fields' in manifest)) return manifest;
  const fields = new Map<string, Known>(manifest.fields).set('status', skipped);
  const metadata = closed !== undefined && 'fields' in closed ? closed.fields.get('metadata') : undefined;
  if (metadata !== undefined && 'fields' in metadata) {
    const metaFields = new Map<string, Known>(metadata.fields);
    for (const name of droppedMetaFields) metaFields.set(name, skipped);
    fields.set('metadata', { fields: metaFields, open: false });
  }
  return { fields, open: !complete };
}

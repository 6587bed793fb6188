import { z } from 'zod';

import { splitDocuments } from '../../yaml/documents.ts';
import { parseYaml, type Path } from '../../yaml/yaml-document.ts';
import { decodeBy } from '../decode.ts';
import { typeName } from '../issue.ts';
import { isMapping } from '../known-fields.ts';
import { namespaceNameSchema } from '../names.ts';
import { keyOf, type KubeObject, type ObjectMeta } from '../object.ts';
import type { Problem } from '../problem.ts';
import { nearest } from '../suggestion.ts';
import { text } from '../text.ts';
import type { Unreadable } from '../unreadable.ts';
import {
  type AllLegacyKinds,
  legacyGroup,
  type LegacyKind,
  legacyKinds,
  type LegacyObject,
  manifestSchema,
} from './kinds.ts';
import type { Dialect } from './parts/dialect.ts';
import { unfold } from './unfold.ts';

/** The annotation of Services and Ingresses that holds legacy resources. */
export const configAnnotation = 'getambassador.io/config';

/** Something wrong in an annotation. Its path goes on inside the annotation: the document, then the field in it. */
export interface AnnotationProblem extends Problem {
  /** In the text of the annotation, from 1. */
  readonly line: number;
  readonly column: number;
  /** The resource in the annotation, `Kind/namespace/name`, as far as that can be told. */
  readonly resource?: string | undefined;
}

/** What an annotation holds. */
export interface Annotated {
  /** In the order of the annotation. */
  readonly objects: readonly LegacyObject[];
  /** Those that have a name, but are wrong. */
  readonly unreadable: readonly Unreadable[];
  readonly problems: readonly AnnotationProblem[];
}

const nothing: Annotated = { objects: [], unreadable: [], problems: [] };

/** Whether an object of this kind may have the annotation. */
export function isAnnotatable({ kind }: KubeObject): boolean {
  return kind === 'Service' || kind === 'Ingress';
}

/**
 * The resources in the annotation of an object. One that is wrong keeps no other out, and neither does a document that
 * is no YAML. Of two with one kind, namespace and name the later one is taken. Namespace and labels are the object's
 * where a resource has none of its own. Never throws.
 */
export function readAnnotation(parent: KubeObject): Annotated {
  const annotation = isAnnotatable(parent) ? parent.metadata.annotations?.[configAnnotation] : undefined;
  if (annotation === undefined) return nothing;
  const objects = new Map<string, LegacyObject>();
  const broken: Unreadable[] = [];
  const problems: AnnotationProblem[] = [];
  for (const [index, document] of splitDocuments(annotation).entries()) {
    const parsed = parseYaml(document.text, { lastCounts: true });
    const place = (problem: Problem, path: Path, resource?: string): void => {
      const { line, column } = 'syntax' in parsed
        ? parsed.syntax[0] ?? { line: 1, column: 1 }
        : parsed.locate(path);
      problems.push({
        ...problem,
        path: ['metadata', 'annotations', configAnnotation, index, ...path],
        line: document.line + line,
        column,
        ...(resource === undefined ? {} : { resource }),
      });
    };
    if ('syntax' in parsed) {
      const message = `cannot be read as YAML: ${parsed.syntax[0]?.message}`;
      const problem: Problem = { severity: 'error', path: [], message };
      const unread = unreadableOf(guessed(document.text), parent.metadata, [problem]);
      place(problem, [], resourceOf(unread));
      if (unread !== undefined) broken.push(unread);
      continue;
    }
    if (parsed.value === null || parsed.value === undefined) continue;
    const { object, unreadable, problems: found } = readResource(parsed.value, parent.metadata);
    const resource = resourceOf(unreadable) ?? (object && `${object.kind}/${object.key}`);
    for (const problem of found) place(problem, problem.path, resource);
    if (parsed.repeated !== undefined) {
      const problem: Problem = {
        severity: 'warning',
        path: parsed.repeated,
        message: 'is there twice, and the last one is used',
        expected: 'each key once, and --- between resources',
      };
      place(problem, problem.path, resource);
    }
    if (unreadable !== undefined) broken.push(unreadable);
    if (object === undefined) continue;
    const id = `${object.kind}/${object.key}`;
    if (objects.delete(id)) {
      const message = 'is there twice, and this one is used';
      place({ severity: 'warning', path: [], message, expected: 'another name' }, ['name'], id);
    }
    objects.set(id, object);
  }
  return { objects: [...objects.values()], unreadable: broken, problems };
}

/** Where a field of a resource is in the object whose annotation has it, or where it would be. */
export function pathInAnnotation(
  parent: KubeObject,
  { kind, key }: { readonly kind: string; readonly key: string },
  field: Path,
): Path | undefined {
  const annotation = parent.metadata.annotations?.[configAnnotation] ?? '';
  let found: Path | undefined;
  for (const [index, { text }] of splitDocuments(annotation).entries()) {
    const parsed = parseYaml(text, { lastCounts: true });
    if ('syntax' in parsed || !isMapping(parsed.value)) continue;
    const { manifest: { kind: named, metadata: { namespace, name } }, pathOf } = unfold(
      parsed.value,
      parent.metadata,
    );
    // The last one is used.
    if (named === kind && `${String(namespace)}/${String(name)}` === key) {
      found = ['metadata', 'annotations', configAnnotation, index, ...pathOf(field)];
    }
  }
  return found;
}

interface ReadResource {
  readonly object?: LegacyObject | undefined;
  /** In its place, if there is a kind. */
  readonly unreadable?: Unreadable | undefined;
  /** With paths as the resource is written. */
  readonly problems: readonly Problem[];
}

function readResource(raw: unknown, parent: ObjectMeta): ReadResource {
  if (!isMapping(raw)) {
    const expected = 'a mapping with apiVersion, kind, name and the fields of its kind';
    return { problems: [{ severity: 'error', path: [], message: `is ${typeName(raw)}`, expected }] };
  }
  const found = kindOf(raw);
  if ('problem' in found) {
    const problems = [found.problem];
    return { unreadable: unreadableOf(raw, parent, problems), problems };
  }
  const { legacy, dialect } = found;
  const { manifest, pathOf } = unfold(raw, parent);
  const { metadata } = manifest;
  const schema = manifestSchema(legacy, { dialect, metadata: metadataSchema, name: metadata.name });
  const apiVersion = `${legacyGroup}/${dialect}`;
  const decoded = decodeBy<LegacyObject>(manifest, { schema, complete: true, apiVersion });
  const problems = decoded.problems.map((problem) => ({ ...problem, path: pathOf(problem.path) }));
  return decoded.object === undefined
    ? { unreadable: unreadableOf(raw, parent, problems), problems }
    : { object: decoded.object, problems };
}

/** What nothing can be called. */
const UNNAMED = '(unnamed)';

function resourceOf(unread: Unreadable | undefined): string | undefined {
  return unread?.object.name === UNNAMED ? undefined : unread?.key;
}

function unreadableOf(
  raw: Readonly<Record<string, unknown>>,
  parent: ObjectMeta,
  problems: readonly Problem[],
): Unreadable | undefined {
  const { kind } = raw;
  if (typeof kind !== 'string' || !Object.hasOwn(legacyKinds, kind)) return undefined;
  const { metadata, spec } = unfold(raw, parent).manifest;
  const name = typeof metadata.name === 'string' ? metadata.name : UNNAMED;
  const namespace = typeof metadata.namespace === 'string'
    ? metadata.namespace
    : parent.namespace ?? 'default';
  return {
    key: `${kind}/${keyOf({ namespace, name })}`,
    object: { group: legacyGroup, kind, namespace, name },
    generation: typeof metadata.generation === 'number' ? metadata.generation : 1,
    spec,
    problems,
  };
}

/** What a resource is that is no YAML, by its lines. */
function guessed(text: string): Readonly<Record<string, unknown>> {
  const field = (name: string): string | undefined =>
    new RegExp(`(?:^|[{,])[ \\t]*["']?${name}["']?[ \\t]*:[ \\t]*["']?([\\w.-]+)`, 'm').exec(text)?.[1];
  return {
    kind: field('kind'),
    name: field('name'),
    namespace: field('namespace'),
    // Whose it is cannot be told then, and it may be anybody's.
    ...(text.includes('ambassador_id') ? { ambassador_id: 0 } : {}),
  };
}

interface KindAndDialect {
  readonly legacy: LegacyKind;
  readonly dialect: Dialect;
}

/** `ambassador/v1` is how `getambassador.io/v1` was first called, and versions of v0 were not checked. */
function kindOf(
  { apiVersion, kind }: Readonly<Record<string, unknown>>,
): KindAndDialect | { readonly problem: Problem } {
  const wrong = (field: string, message: string, expected: string): { readonly problem: Problem } => ({
    problem: { severity: 'error', path: [field], message, expected },
  });
  if (typeof kind !== 'string') return wrong('kind', 'is required', 'a kind, such as Mapping');
  const legacy = Object.hasOwn(legacyKinds, kind) ? legacyKinds[kind as keyof AllLegacyKinds] : undefined;
  if (legacy === undefined) {
    const expected = nearest(kind, Object.keys(legacyKinds)) ?? 'a kind, such as Mapping';
    return wrong('kind', `${kind} is not a kind that is read in annotations`, expected);
  }
  const expected = legacy.dialects.map((dialect) => `${legacyGroup}/${dialect}`).join(' or ');
  if (typeof apiVersion !== 'string') return wrong('apiVersion', 'is required', expected);
  const [, version = ''] = /^(?:getambassador\.io|ambassador)\/([a-z0-9.]+)$/.exec(apiVersion) ?? [];
  const name = /^v0(\.[0-9]+)*$/.test(version) ? 'v0' : version;
  const dialect = legacy.dialects.find((dialect) => dialect === name);
  if (dialect === undefined) {
    return wrong('apiVersion', `${apiVersion} is not a version of ${kind}`, expected);
  }
  return { legacy, dialect };
}

/** As lax as they were: names with capitals and underscores are usual. */
const metadataSchema: z.ZodType<ObjectMeta> = z.object({
  name: text({ min: 1, max: 253 }),
  namespace: namespaceNameSchema,
  // The old schemas allowed booleans, which YAML makes of an unquoted `true`.
  labels: z.record(z.string(), z.union([z.string(), z.boolean().transform(String)])).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  generation: z.int().min(0).default(1),
});

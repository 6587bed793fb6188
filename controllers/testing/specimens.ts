import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { type LegacyKind, legacyKinds } from '../../lib/api/legacy/kinds.ts';
import {
  configAnnotation,
  isAnnotatable,
  type LegacyField,
  readAnnotation,
} from '../../lib/api/legacy/mod.ts';
import { unfold } from '../../lib/api/legacy/unfold.ts';
import { decode, type KubeObject, manifestsIn } from '../../lib/api/mod.ts';
import type { Collection, Keyed } from '../../lib/graph/types.ts';
import type { Dataflow } from '../graph.ts';
import { inputOf } from '../inputs.ts';
import { goldens, translate } from './golden.ts';

type Raw = Readonly<Record<string, unknown>>;

/** A legacy resource of a golden's input. */
export interface Specimen extends Omit<LegacyField, 'field'> {
  readonly golden: string;
  readonly dataflow: Dataflow;
  readonly spec: unknown;
  /** The object that the golden has, with another `spec` of the resource; undefined if that is none. */
  readonly withSpec: (spec: unknown) => KubeObject | undefined;
}

/** All of them, of manifests and of annotations. */
export function specimens(): readonly Specimen[] {
  return goldens().flatMap((golden) => {
    const yaml = readFileSync(golden, 'utf8');
    if (!yaml.includes('getambassador.io/')) return [];
    const dataflow = translate(yaml);
    const raws = parseAllDocuments(yaml).flatMap((document) =>
      manifestsIn(document.toJS()).map(({ raw }) => raw as Raw)
    );
    return raws.flatMap((raw) => resourcesIn(raw).map((resource) => ({ golden, dataflow, ...resource })));
  });
}

function resourcesIn(raw: Raw): readonly Omit<Specimen, 'golden' | 'dataflow'>[] {
  const { object } = decode(raw);
  if (object === undefined) return [];
  if (!isAnnotatable(object)) {
    const withSpec = (spec: unknown): KubeObject | undefined => {
      const { object, problems } = decode({ ...raw, spec });
      return problems.length === 0 ? object : undefined;
    };
    const named = identityOf(raw, object.metadata.name);
    return named === undefined ? [] : [{ ...named, spec: raw.spec, withSpec }];
  }
  const text = object.metadata.annotations?.[configAnnotation];
  if (text === undefined) return [];
  const documents = parseAllDocuments(text).map((document): unknown => document.toJS());
  return documents.flatMap((document, index) => {
    const { manifest } = unfold(document as Raw, object.metadata);
    const named = identityOf(manifest, manifest.metadata['name']);
    const withSpec = (spec: unknown): KubeObject | undefined => {
      const written = documents.map((each, at) => stringify(at === index ? { ...manifest, spec } : each));
      const annotations = { ...object.metadata.annotations, [configAnnotation]: written.join('---\n') };
      const changed: KubeObject = { ...object, metadata: { ...object.metadata, annotations } };
      return readAnnotation(changed).problems.length === 0 ? changed : undefined;
    };
    return named === undefined ? [] : [{ ...named, spec: manifest['spec'], withSpec }];
  });
}

function identityOf(raw: Raw, name: unknown): Omit<LegacyField, 'field'> | undefined {
  const [, version = ''] = /^(?:getambassador\.io|ambassador)\/(\w+)$/.exec(String(raw.apiVersion)) ?? [];
  const legacy = (legacyKinds as Readonly<Record<string, LegacyKind>>)[String(raw.kind)];
  const dialect = legacy?.dialects.find((dialect) => dialect === version);
  if (legacy === undefined || dialect === undefined) return undefined;
  return { kind: legacy.kind, dialect, variant: legacy.variantOf?.(name) ?? '' };
}

/**
 * Whether anything comes out otherwise, or is told otherwise, where the specimen has no such field. If it cannot be without,
 * it gets another value, of `values` or made up; and if there is no other, what holds the field is taken away.
 */
export function hasEffect(specimen: Specimen, field: string, values: readonly unknown[] = []): boolean {
  const { spec, withSpec } = specimen;
  return placesOf(spec, stepsOf(field)).some((place) => {
    const without = withSpec(edited(spec, place, () => undefined));
    if (without !== undefined) return changes(specimen, without);
    const own = at(spec, place);
    const others = [
      another,
      ...values.filter((value) => !isDeepStrictEqual(value, own)).map((value) => () => value),
    ]
      .map((edit) => withSpec(edited(spec, place, edit))).filter((object) => object !== undefined);
    if (others.length > 0) return others.some((object) => changes(specimen, object));
    const holder = place.map((_, index) => place.slice(0, -1 - index))
      .map((place) => withSpec(edited(spec, place, () => undefined)))
      .find((object) => object !== undefined);
    return holder !== undefined && changes(specimen, holder);
  });
}

/** What the specimen has in the field. */
export function valuesOf({ spec }: Specimen, field: string): readonly unknown[] {
  return placesOf(spec, stepsOf(field)).map((place) => at(spec, place));
}

function at(spec: unknown, place: Place): unknown {
  return place.reduce((value, step) => (value as Raw)[step], spec);
}

function stepsOf(field: string): readonly string[] {
  return field.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];
}

function changes({ dataflow, spec, withSpec }: Specimen, changed: KubeObject): boolean {
  const { graph, objects, resources, statuses, diagnostics, consulQueries } = dataflow;
  const outputs: readonly Collection<Keyed>[] = [resources, statuses, diagnostics, consulQueries];
  const put = (object: KubeObject): boolean => {
    inputOf(objects, object.kind)?.set(object);
    const batch = graph.commit();
    return outputs.some((each) => batch.changes(each).length > 0);
  };
  const original = withSpec(spec);
  if (original === undefined) throw new Error('a golden holds a bad manifest');
  if (put(original)) throw new Error('a golden changes by what it has already');
  const changes = put(changed);
  put(original);
  return changes;
}

type Place = readonly (string | number)[];

/** Where a value has the field. */
function placesOf(value: unknown, [step, ...rest]: readonly string[]): Place[] {
  if (step === undefined) return value === undefined ? [] : [[]];
  if (typeof value !== 'object' || value === null || (step === '[]') !== Array.isArray(value)) return [];
  const keys = step === '[]' || step === '{}' ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  return keys.flatMap((key) =>
    placesOf((value as Raw)[key], rest).map((place) => [step === '[]' ? Number(key) : key, ...place])
  );
}

function edited(value: unknown, [step, ...rest]: Place, edit: (value: unknown) => unknown): unknown {
  if (step === undefined) return edit(value);
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const below = edited(copy[step], rest, edit);
  if (Array.isArray(copy)) copy.splice(Number(step), 1, ...(below === undefined ? [] : [below]));
  else if (below === undefined) Reflect.deleteProperty(copy, step);
  else copy[step] = below;
  return copy;
}

/** Another scalar of the same type. */
function another(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}x`;
}

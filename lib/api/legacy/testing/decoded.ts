import assert from 'node:assert/strict';

import { decode } from '../../decode.ts';
import type { KindName, Kinds } from '../../kinds.ts';
import { formatPath, type Problem } from '../../problem.ts';
import { type Annotated, configAnnotation, readAnnotation } from '../annotation.ts';
import type { LegacyKinds, LegacyObject } from '../kinds.ts';

export interface Written {
  /** `v3alpha1` by default. */
  readonly version?: string;
  /** `a` by default. */
  readonly name?: string;
}

function manifestOf(
  kind: KindName,
  spec: object | undefined,
  { version = 'v3alpha1', name = 'a' }: Written,
): object {
  return {
    apiVersion: `getambassador.io/${version}`,
    kind,
    metadata: { name },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** The canonical `spec` of a manifest without mistakes. */
export function specOf<K extends keyof LegacyKinds>(
  kind: K,
  spec?: object,
  written: Written = {},
): Kinds[K]['spec'] {
  const { object, problems } = decode(manifestOf(kind, spec, written));
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === kind);
  return (object as Kinds[K]).spec;
}

/** What is said of a manifest. */
export function saidOf(kind: KindName, spec?: object, written: Written = {}): string[] {
  return decode(manifestOf(kind, spec, written)).problems.map(said);
}

/** `severity path: message (expected)`. */
export function said({ severity, path, message, expected }: Problem): string {
  return `${severity} ${formatPath(path)}: ${message}${expected === undefined ? '' : ` (${expected})`}`;
}

/** The annotation of a Service `tour` in the namespace `shop`. */
export function annotated(text: string, labels?: Readonly<Record<string, string>>): Annotated {
  return readAnnotation({
    key: 'shop/tour',
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'tour',
      namespace: 'shop',
      generation: 1,
      annotations: { [configAnnotation]: text },
      ...(labels === undefined ? {} : { labels }),
    },
  });
}

/** The only resource of an annotation, which has no mistakes. */
export function only<K extends LegacyObject['kind']>(
  kind: K,
  text: string,
): Extract<LegacyObject, { kind: K }> {
  const { objects, problems } = annotated(text);
  assert.deepEqual(problems, []);
  const [object] = objects;
  assert.ok(object?.kind === kind && objects.length === 1);
  return object as Extract<LegacyObject, { kind: K }>;
}

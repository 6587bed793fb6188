import { z } from 'zod';

import { camel } from './camel.ts';
import type { Dialect } from './dialect.ts';
import { cosmetic } from './shape.ts';

/** A header that is added to requests or responses. */
export interface AddedHeader {
  readonly name: string;
  readonly value: string;
  /** Whether it is put beside headers of the same name, which is the default, or replaces them. */
  readonly append: boolean;
}

/** A condition on a header or a query parameter. */
export interface ValueMatch {
  readonly name: string;
  readonly type: 'Exact' | 'Regex';
  readonly value: string;
}

const fullFields = { value: z.string().default(''), append: z.boolean().default(true) };
const textSchema = z.string().transform((value) => ({ value, append: true }));
// The schemas of v0 and v1 allowed booleans, which YAML makes of an unquoted `true`.
const booleanSchema = z.boolean().transform((value) => ({ value: String(value), append: true }));

function addedValue(dialect: Dialect): z.ZodType<Omit<AddedHeader, 'name'>> {
  if (dialect === 'v3alpha1') {
    return z.union([textSchema, z.object({ ...fullFields, v2Representation: cosmetic }).transform(camel)]);
  }
  const full = z.object(fullFields);
  return dialect === 'v2' ? z.union([textSchema, full]) : z.union([textSchema, booleanSchema, full]);
}

/** Headers to add, by name; a value may be a string alone. In the order of their names. */
export function addedHeaders(dialect: Dialect): z.ZodType<readonly AddedHeader[]> {
  return z.record(z.string(), addedValue(dialect))
    .transform((byName) => sorted(byName).map(([name, value]) => ({ name, ...value })));
}

/** What a header or parameter must be, by its name; `true` is for any value. */
export const valueMatches: z.ZodType<Readonly<Record<string, string | boolean>>> = z.record(
  z.string(),
  z.union([z.string(), z.boolean()]),
);

/** As `valueMatches`, with regular expressions for values. */
export const regexMatches: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string());

export interface WrittenMatches {
  readonly exact?: Readonly<Record<string, string | boolean>> | undefined;
  readonly regex?: Readonly<Record<string, string>> | undefined;
}

/** All conditions, in the order of their names. `true` is the regular expression `.*`, unless the name has another. */
export function matchesOf({ exact = {}, regex = {} }: WrittenMatches): readonly ValueMatch[] {
  const matches: ValueMatch[] = [];
  for (const [name, value] of Object.entries(exact)) {
    if (typeof value === 'string') matches.push({ name, type: 'Exact', value });
    else if (value && !Object.hasOwn(regex, name)) matches.push({ name, type: 'Regex', value: '.*' });
  }
  for (const [name, value] of Object.entries(regex)) matches.push({ name, type: 'Regex', value });
  return matches.sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type));
}

/** The entries of a mapping in the order of their keys, so that nothing depends on how it was written. */
export function sorted<T>(mapping: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(mapping).sort(([a], [b]) => compare(a, b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

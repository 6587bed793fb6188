import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { Exceptions } from './exceptions.ts';
import type { OwnSchema } from './own-schema.ts';
import type { OpenAPISchema } from './upstream.ts';

export interface Comparison {
  readonly upstream: OpenAPISchema;
  readonly own: OwnSchema;
  /** Where both are, for the findings. */
  readonly path: string;
  /** Whether what only ours has is a finding, too: not for the standard channel, which has less. */
  readonly exact: boolean;
  readonly exceptions: Exceptions;
  /** Collects the exceptions that were needed: hashes and patterns. */
  readonly used: Set<string>;
}

/** How ours differs from upstream, one sentence each. Empty: our schema has all that upstream's has. */
export function compare(comparison: Comparison): string[] {
  const { upstream, own, path } = comparison;
  if (upstream['x-kubernetes-int-or-string'] === true) return compareIntOrString(comparison);
  return [
    ...unknownKeywords(upstream),
    ...compareOpaque(upstream, own),
    ...compareType(upstream, own),
    ...compareBounds(comparison),
    ...comparePattern(comparison),
    ...compareEnum(comparison),
    ...compareDefault(upstream, own),
    ...compareList(comparison),
    ...compareRules(comparison),
  ].map((finding) => `${path}: ${finding}`).concat(compareChildren(comparison));
}

/** The name of a validation rule: a hash of its text, with runs of white space as one space. */
export function ruleHash(text: string): string {
  return createHash('sha256').update(text.trim().split(/\s+/).join(' ')).digest('hex').slice(0, 8);
}

const understood = new Set([
  'additionalProperties',
  'default',
  'description',
  'enum',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'oneOf',
  'pattern',
  'properties',
  'required',
  'type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

function unknownKeywords(upstream: OpenAPISchema): string[] {
  return Object.keys(upstream).filter((keyword) => !understood.has(keyword))
    .map((keyword) => `has the keyword ${keyword}, which this check does not know`);
}

/** A whole number or a string: numeric bounds are about the one, all else is about the other. */
function compareIntOrString(comparison: Comparison): string[] {
  const { upstream, own, path } = comparison;
  const ours = own.anyOf ?? [];
  const [integer, string] = ['integer', 'string'].map((type) => ours.find((each) => each.type === type));
  if (integer === undefined || string === undefined || ours.length !== 2) {
    return [`${path}: is an integer or a string upstream, not here`];
  }
  const { minimum, maximum, 'x-kubernetes-int-or-string': _, anyOf: __, ...rest } = upstream;
  return [
    ...compare({ ...comparison, upstream: { type: 'integer', minimum, maximum }, own: integer }),
    ...compare({ ...comparison, upstream: { ...rest, type: 'string' }, own: string }),
  ];
}

/** A mapping with whatever fields. */
function compareOpaque(upstream: OpenAPISchema, own: OwnSchema): string[] {
  if (upstream['x-kubernetes-preserve-unknown-fields'] !== true) return [];
  const isOpen = isDeepStrictEqual(own.additionalProperties, {}) && own.properties === undefined;
  return isOpen ? [] : ['may have any field upstream, not here'];
}

function compareType(upstream: OpenAPISchema, own: OwnSchema): string[] {
  // An enum of numbers has no type of its own in a schema made from literals.
  const ownType = own.type === 'number' && own.enum !== undefined ? 'integer' : own.type;
  if (upstream.type !== ownType) return [`is ${upstream.type} upstream, ${ownType ?? 'nothing'} here`];
  if (upstream.format === 'date-time' && own.format !== 'date-time') return ['lacks the format date-time'];
  return [];
}

const bounds = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
] as const;

const int32: Readonly<Record<string, number>> = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

function compareBounds({ upstream, own, exact }: Comparison): string[] {
  return bounds.flatMap((bound) => {
    const theirs = upstream[bound] ?? (upstream.format === 'int32' ? int32[bound] : undefined);
    const ours = Math.abs(own[bound] ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : own[bound];
    if (theirs === ours || (!exact && theirs === undefined)) return [];
    // No length is less than 0.
    if (theirs === 0 && ours === undefined && bound === 'minLength') return [];
    return [`${bound} is ${show(theirs)} upstream, ${show(ours)} here`];
  });
}

function comparePattern({ upstream, own, exact, exceptions, used }: Comparison): string[] {
  const theirs = typeof upstream.pattern === 'string' ? upstream.pattern : undefined;
  const ours = own.format === 'date-time' ? undefined : own.pattern;
  if (theirs === undefined) return exact && ours !== undefined ? [`has the pattern ${ours} only here`] : [];
  const replaced = exceptions.patterns.find((pattern) => pattern.upstream === theirs);
  if (replaced !== undefined) used.add(theirs);
  const wanted = replaced?.ours ?? theirs;
  if (ours !== undefined && unescaped(ours) === unescaped(wanted)) return [];
  return [`the pattern is ${theirs} upstream, ${ours ?? 'absent'} here`];
}

/** A pattern without escapes that mean nothing: those of '/', and of '-' at an edge of a class. */
function unescaped(pattern: string): string {
  return pattern.replaceAll(/\\([/-])/g, '$1');
}

function compareEnum({ upstream, own, exact }: Comparison): string[] {
  const theirs = Array.isArray(upstream.enum) ? upstream.enum : undefined;
  const ours = own.enum;
  if (theirs === undefined) {
    return exact && ours !== undefined ? [`has the enum ${show(ours)} only here`] : [];
  }
  const missing = theirs.filter((value) => ours?.includes(value) !== true);
  const added = exact ? (ours ?? []).filter((value) => !theirs.includes(value)) : [];
  return [
    ...missing.map((value) => `the enum lacks ${show(value)}`),
    ...added.map((value) => `the enum has ${show(value)} only here`),
  ];
}

function compareDefault(upstream: OpenAPISchema, own: OwnSchema): string[] {
  if (isDeepStrictEqual(upstream.default, own.default)) return [];
  return [`the default is ${show(upstream.default)} upstream, ${show(own.default)} here`];
}

function compareList({ upstream, own }: Comparison): string[] {
  const type = upstream['x-kubernetes-list-type'];
  const theirs = type === 'atomic' ? undefined : type;
  if (theirs !== own.listType) {
    return [`the list type is ${show(theirs)} upstream, ${show(own.listType)} here`];
  }
  const keys = upstream['x-kubernetes-list-map-keys'];
  if (isDeepStrictEqual(keys, own.listMapKeys)) return [];
  return [`the list's keys are ${show(keys)} upstream, ${show(own.listMapKeys)} here`];
}

function compareRules({ upstream, own, exact, exceptions, used }: Comparison): string[] {
  const theirs = new Map(
    (upstream['x-kubernetes-validations'] ?? []).map(({ rule }) => [ruleHash(rule), rule]),
  );
  if (upstream.oneOf !== undefined) {
    theirs.set(ruleHash(JSON.stringify(upstream.oneOf)), show(upstream.oneOf));
  }
  const ours = new Set(own.rules);
  const findings: string[] = [];
  for (const [hash, text] of theirs) {
    if (ours.has(hash)) continue;
    if (exceptions.rules[hash] === undefined) findings.push(`lacks the rule ${hash}: ${text}`);
    else used.add(hash);
  }
  for (const hash of exact ? ours : []) {
    if (!theirs.has(hash)) findings.push(`has the rule ${hash} only here`);
  }
  return findings;
}

function compareChildren(comparison: Comparison): string[] {
  const { upstream, own, path } = comparison;
  const findings: string[] = [];
  if (upstream.items !== undefined) {
    findings.push(
      ...compare({ ...comparison, upstream: upstream.items, own: own.items ?? {}, path: `${path}[]` }),
    );
  }
  if (typeof upstream.additionalProperties === 'object') {
    const values = typeof own.additionalProperties === 'object' ? own.additionalProperties : {};
    findings.push(
      ...compare({ ...comparison, upstream: upstream.additionalProperties, own: values, path: `${path}{}` }),
    );
  }
  return [...findings, ...compareFields(comparison)];
}

function compareFields(comparison: Comparison): string[] {
  const { upstream, own, path, exact } = comparison;
  const findings: string[] = [];
  for (const [name, field] of Object.entries(upstream.properties ?? {})) {
    const at = `${path}.${name}`;
    const ours = own.properties?.[name];
    if (ours === undefined) {
      findings.push(`${at}: is a field only upstream`);
      continue;
    }
    const theirsRequired = upstream.required?.includes(name) === true;
    if (theirsRequired !== (own.required?.includes(name) === true)) {
      findings.push(`${at}: is ${theirsRequired ? 'required' : 'optional'} upstream, not here`);
    }
    findings.push(...compare({ ...comparison, upstream: field, own: ours, path: at }));
  }
  for (const name of exact ? Object.keys(own.properties ?? {}) : []) {
    if (upstream.properties?.[name] === undefined) findings.push(`${path}.${name}: is a field only here`);
  }
  return findings;
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

import * as fc from 'fast-check';

import { apiVersionOf, type KindName, kinds } from '../kinds.ts';
import { filterRuleCases } from './filter-rule-cases.ts';
import { gatewayRuleCases } from './gateway-rule-cases.ts';
import { parametersRuleCases } from './parameters-rule-cases.ts';
import { policyRuleCases } from './policy-rule-cases.ts';
import { routeRuleCases } from './route-rule-cases.ts';

/** A manifest without its metadata. */
export interface Sample {
  readonly kind: KindName;
  readonly spec: unknown;
}

const cases = [
  ...filterRuleCases,
  ...gatewayRuleCases,
  ...parametersRuleCases,
  ...policyRuleCases,
  ...routeRuleCases,
].filter(({ part }) => part !== 'status');

/** Specs that keep all rules, and use most fields of all kinds. */
export const goodSamples: readonly Sample[] = cases.map(({ kind, good }) => ({ kind, spec: good }));

/** Specs that break a rule. */
export const badSamples: readonly Sample[] = cases.map(({ kind, bad }) => ({ kind, spec: bad }));

export function manifestOf({ kind, spec }: Sample, version?: string): object {
  return { apiVersion: apiVersionOf(kinds[kind], version), kind, metadata: { name: 'a' }, spec };
}

/** Values that some field might refuse. */
const oddTexts = [
  ' , a, A, a.b, *.a, *, a_b, 1.2.3.4, ::1, a/b, /, /a//b, a b, é, \u{1F6A6}, 0s, 1h, 61m, http://a, https://*',
  'Service, XBackend, Cookie, Header, Permanent, HTTP, HTTPS, TLS, TCP, GRPC, Terminate, Passthrough, Enabled',
  `None, Exact, PathPrefix, RegularExpression, ${'x'.repeat(64)}, ${'x'.repeat(254)}`,
].join(', ').split(', ');
const oddNumbers = [0, 1, -1, 100, 101, 400, 600, 65_535, 65_536, 2 ** 31, 1.5];
const odd: readonly unknown[] = [...oddTexts, ...oddNumbers, '', true, false, null, {}, [], ['a'], [
  'a',
  'a',
]];

/** The values that the samples have for a field, by its name; `name[]` are its items. */
const byName: ReadonlyMap<string, readonly unknown[]> = collect([...goodSamples, ...badSamples]);
const fieldNames = [...byName.keys()].filter((name) => !name.endsWith('[]'));

function collect(samples: readonly Sample[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  function visit(name: string, value: unknown): void {
    const values = found.get(name) ?? [];
    values.push(value);
    found.set(name, values);
    for (const [key, item] of Object.entries(isComposite(value) ? value : {})) {
      visit(Array.isArray(value) ? `${name}[]` : key, item);
    }
  }
  for (const { spec } of samples) visit('spec', spec);
  return found;
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

interface Change {
  /** The way down, by the position of each child. */
  readonly steps: readonly number[];
  readonly action: 'replace' | 'exchange' | 'remove' | 'repeat' | 'add';
  readonly choice: number;
}

interface Place {
  readonly name: string;
  readonly value: unknown;
}

function pick<T>(values: readonly T[], choice: number): T | undefined {
  return values[choice % values.length];
}

function changed({ name, value }: Place, change: Change): unknown {
  const [step, ...steps] = change.steps;
  const entries = Object.entries(isComposite(value) ? value : {});
  if (step === undefined || entries.length === 0) return edited({ name, value }, change);
  const chosen = step % entries.length;
  const next = entries.map(([key, item], index): [string, unknown] => {
    const place = { name: Array.isArray(value) ? `${name}[]` : key, value: item };
    return [key, index === chosen ? changed(place, { ...change, steps }) : item];
  });
  return Array.isArray(value) ? next.map(([, item]) => item) : Object.fromEntries(next);
}

function edited({ name, value }: Place, { action, choice }: Change): unknown {
  if (action === 'remove') return undefined;
  if (action === 'exchange') return pick(byName.get(name) ?? odd, choice);
  if (action === 'repeat' && Array.isArray(value)) return [...value, pick(value, choice)];
  if (action === 'add' && isComposite(value) && !Array.isArray(value)) {
    const field = pick(fieldNames, choice) ?? '';
    return { ...value, [field]: pick(byName.get(field) ?? odd, choice) };
  }
  return pick(odd, choice);
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  steps: fc.array(fc.nat({ max: 20 }), { maxLength: 9 }),
  action: fc.constantFrom('replace', 'exchange', 'remove', 'repeat', 'add'),
  choice: fc.nat({ max: 10_000 }),
});

/** Manifests that are a few changes away from a good one, in any accepted version; as JSON has them. */
export const mutatedManifest: fc.Arbitrary<object> = fc.record({
  sample: fc.constantFrom(...goodSamples),
  changes: fc.array(anyChange, { minLength: 1, maxLength: 3 }),
  version: fc.nat({ max: 2 }),
}).map(({ sample: { kind, spec }, changes, version }) => {
  const value = changes.reduce<unknown>((value, change) => changed({ name: 'spec', value }, change), spec);
  return JSON.parse(JSON.stringify(manifestOf({ kind, spec: value }, pick(kinds[kind].versions, version))));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';

import { decode } from './decode.ts';
import { type AnyObject, apiVersionOf, type KindInfo, kinds, schemaOf } from './kinds.ts';
import { formatPath } from './problem.ts';
import { constraintOf } from './rule.ts';
import { filterRuleCases } from './testing/filter-rule-cases.ts';
import { gatewayRuleCases } from './testing/gateway-rule-cases.ts';
import { parametersRuleCases } from './testing/parameters-rule-cases.ts';
import { policyRuleCases } from './testing/policy-rule-cases.ts';
import { routeRuleCases } from './testing/route-rule-cases.ts';
import type { RuleCase } from './testing/rule-case.ts';

const cases = [
  ...filterRuleCases,
  ...gatewayRuleCases,
  ...parametersRuleCases,
  ...policyRuleCases,
  ...routeRuleCases,
];

function manifestOf({ kind }: RuleCase, spec: unknown): object {
  return { apiVersion: apiVersionOf(kinds[kind]), kind, metadata: { name: 'a' }, spec };
}

/** The places where a rule was broken. */
function brokenAt(ruleCase: RuleCase, value: unknown): string[] {
  const { kind, rule, part = 'spec' } = ruleCase;
  const manifest = z.json().parse(manifestOf(ruleCase, value));
  const schema = part === 'spec' ? kinds[kind].schema : kinds[kind].status;
  const result = schema?.safeParse(part === 'spec' ? withoutNull(manifest) : value);
  return (result?.error?.issues ?? [])
    .filter((issue) => issue.code === 'custom' && issue.params?.rule === rule)
    .map((issue) => formatPath(issue.path.map((step) => (typeof step === 'symbol' ? '' : step))));
}

function withoutNull(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (item === null ? undefined : item));
}

for (const ruleCase of cases) {
  const { rule, kind, part = 'spec', good, bad, at } = ruleCase;
  test(`rule ${rule} of ${kind} is broken at ${at}`, () => {
    const place = part === 'spec' ? `spec.${at}` : at;
    assert.deepEqual(brokenAt(ruleCase, good), []);
    const places = brokenAt(ruleCase, bad);
    assert.ok(places.includes(place), `${JSON.stringify(places)} lacks ${place}`);
    if (part === 'status') return;
    const kept = decode(manifestOf(ruleCase, good));
    assert.deepEqual(kept.problems, []);
    assert.equal(kept.object?.kind, kind);
    const refused = decode(manifestOf(ruleCase, bad));
    assert.equal(refused.object, undefined);
    assert.ok(
      refused.problems.some(({ severity, path }) => severity === 'error' && formatPath(path) === place),
    );
  });
}

/** Every rule that a schema checks, anywhere. */
function rulesIn(schema: unknown, seen = new Set<unknown>()): string[] {
  if (!(schema instanceof z.ZodType) || seen.has(schema)) return [];
  seen.add(schema);
  const own = (schema.def.checks ?? []).flatMap((check) => constraintOf(check)?.rules ?? []);
  return [...own, ...childrenOf(schema).flatMap((child) => rulesIn(child, seen))];
}

function childrenOf(schema: z.ZodType): unknown[] {
  if (schema instanceof z.ZodObject) return Object.values(schema.shape);
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return [schema.unwrap()];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodUnion) return [...schema.options];
  if (schema instanceof z.ZodPipe) return [schema.in];
  return [];
}

test('every rule of every schema has a case', () => {
  const infos: readonly KindInfo<AnyObject>[] = Object.values(kinds);
  const rules = infos.flatMap((info) =>
    info.versions.flatMap((version) => rulesIn(schemaOf(info, version))).concat(rulesIn(info.status))
  );
  const tested = new Set(cases.map(({ rule }) => rule));
  assert.ok(rules.length > 100);
  assert.deepEqual([...new Set(rules)].filter((rule) => !tested.has(rule)), []);
});

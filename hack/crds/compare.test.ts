import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';

import { rule, uniqueBy } from '../../lib/api/rule.ts';
import { compare, ruleHash } from './compare.ts';
import { compareKinds } from './compare-kinds.ts';
import { type Exceptions, exceptions as meant } from './exceptions.ts';
import { ownSchema } from './own-schema.ts';
import type { CRD, OpenAPISchema } from './upstream.ts';

const none: Exceptions = { rules: {}, patterns: [], kinds: {} };

interface Item {
  readonly name: string;
}

const own = z.object({
  name: z.string().min(1).max(10).regex(/^a\/[a-z]+$/),
  count: z.int32().min(1).default(5),
  mode: z.enum(['A', 'B']).optional(),
  items: z.array(z.object({ name: z.string() })).max(4).check(
    uniqueBy<Item>({ keys: ['name'], what: 'item' }),
  ),
  labels: z.record(z.string(), z.string().max(63)).optional(),
}).check(
  rule(ruleHash('self.count > 0'), (value: { count: number }) => value.count > 0, { message: 'is 0' }),
);

const upstream: OpenAPISchema = {
  type: 'object',
  description: 'Whatever it says.',
  required: ['name', 'items'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 10, pattern: '^a/[a-z]+$' },
    count: { type: 'integer', format: 'int32', minimum: 1, default: 5 },
    mode: { type: 'string', enum: ['B', 'A'] },
    items: {
      type: 'array',
      maxItems: 4,
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 63 } },
  },
  'x-kubernetes-validations': [{ rule: '  self.count\n  > 0 ' }],
};

function findings(changed: OpenAPISchema, exact = true): string[] {
  return compare({
    upstream: changed,
    own: ownSchema(own),
    path: 'spec',
    exact,
    exceptions: none,
    used: new Set(),
  });
}

/** Upstream's schema with one field changed. */
function withField(name: string, change: OpenAPISchema): OpenAPISchema {
  const field = upstream.properties?.[name];
  return { ...upstream, properties: { ...upstream.properties, [name]: { ...field, ...change } } };
}

function without(schema: OpenAPISchema, keyword: string): OpenAPISchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}

test('compare() finds nothing where both say the same', () => {
  assert.deepEqual(findings(upstream), []);
});

test('compare() finds whatever ours lacks or has otherwise', () => {
  const changes: readonly (readonly [OpenAPISchema, string])[] = [
    [withField('more', { type: 'string' }), 'spec.more: is a field only upstream'],
    [withField('name', { type: 'integer' }), 'spec.name: is integer upstream, string here'],
    [withField('name', { minLength: 2 }), 'spec.name: minLength is 2 upstream, 1 here'],
    [withField('name', { pattern: '^b$' }), 'spec.name: the pattern is ^b$ upstream, ^a\\/[a-z]+$ here'],
    [withField('count', { minimum: 0 }), 'spec.count: minimum is 0 upstream, 1 here'],
    [withField('count', { maximum: 9 }), 'spec.count: maximum is 9 upstream, 2147483647 here'],
    [withField('count', { default: 6 }), 'spec.count: the default is 6 upstream, 5 here'],
    [withField('mode', { default: 'A' }), 'spec.mode: the default is "A" upstream, absent here'],
    [withField('mode', { enum: ['A', 'B', 'C'] }), 'spec.mode: the enum lacks "C"'],
    [withField('items', { maxItems: 5 }), 'spec.items: maxItems is 5 upstream, 4 here'],
    [
      withField('items', { 'x-kubernetes-list-type': 'set' }),
      'spec.items: the list type is "set" upstream, "map" here',
    ],
    [
      withField('items', { 'x-kubernetes-list-map-keys': ['kind'] }),
      'spec.items: the list\'s keys are ["kind"] upstream, ["name"] here',
    ],
    [withField('items', { items: { type: 'string' } }), 'spec.items[]: is string upstream, object here'],
    [
      withField('labels', { additionalProperties: { type: 'string', maxLength: 64 } }),
      'spec.labels{}: maxLength is 64 upstream, 63 here',
    ],
    [{ ...upstream, required: ['items'] }, 'spec.name: is optional upstream, not here'],
    [{ ...upstream, anyOf: [] }, 'spec: has the keyword anyOf, which this check does not know'],
    [
      { ...upstream, 'x-kubernetes-validations': [{ rule: 'self.count > 0' }, { rule: 'self.count > 1' }] },
      `spec: lacks the rule ${ruleHash('self.count > 1')}: self.count > 1`,
    ],
  ];
  for (const [changed, expected] of changes) {
    const found = findings(changed);
    assert.ok(found.includes(expected), `${expected} is not in ${JSON.stringify(found)}`);
  }
});

test('compare() knows integers or strings, and mappings that hold anything', () => {
  const own = ownSchema(z.object({
    amount: z.union([z.int().min(0), z.string().max(4).regex(/^[0-9]+%$/)]),
    opaque: z.record(z.string(), z.unknown()),
  }));
  const amount: OpenAPISchema = {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    minimum: 0,
    maxLength: 4,
    pattern: '^[0-9]+%$',
  };
  const opaque: OpenAPISchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  function found(properties: Readonly<Record<string, OpenAPISchema>>): string[] {
    const upstream = { type: 'object', required: ['amount', 'opaque'], properties };
    return compare({ upstream, own, path: 'spec', exact: true, exceptions: none, used: new Set() });
  }
  assert.deepEqual(found({ amount, opaque }), []);
  assert.deepEqual(found({ amount: { ...amount, minimum: 1 }, opaque }), [
    'spec.amount: minimum is 1 upstream, 0 here',
  ]);
  assert.deepEqual(found({ amount: { ...amount, maxLength: 5 }, opaque }), [
    'spec.amount: maxLength is 5 upstream, 4 here',
  ]);
  assert.deepEqual(found({ amount: opaque, opaque: amount }), [
    'spec.amount: may have any field upstream, not here',
    'spec.amount: is object upstream, nothing here',
    'spec.opaque: is an integer or a string upstream, not here',
  ]);
});

test('compare() finds what only ours has, unless the channel has less', () => {
  const lessUpstream: readonly (readonly [OpenAPISchema, string])[] = [
    [
      { ...upstream, properties: without(upstream.properties ?? {}, 'mode') } as OpenAPISchema,
      'spec.mode: is a field only here',
    ],
    [
      without(upstream, 'x-kubernetes-validations'),
      `spec: has the rule ${ruleHash('self.count > 0')} only here`,
    ],
    [withField('mode', { enum: ['A'] }), 'spec.mode: the enum has "B" only here'],
  ];
  for (const [changed, expected] of lessUpstream) {
    assert.deepEqual(findings(changed), [expected]);
    assert.deepEqual(findings(changed, false), []);
  }
});

function crdOf(kind: string, spec: OpenAPISchema, version = 'v1'): CRD {
  const openAPIV3Schema = { type: 'object', properties: { spec } };
  return {
    spec: {
      group: 'a.b',
      names: { kind, plural: 'things' },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, schema: { openAPIV3Schema } }],
    },
  };
}

const thing = {
  group: 'a.b',
  kind: 'Thing',
  plural: 'things',
  namespaced: true,
  versions: ['v1'],
  schema: z.object({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.object({ name: z.string(), generation: z.int() }),
    spec: own,
  }),
  complete: true,
};

function kindFindings(crd: CRD, exceptions: Exceptions = none): string[] {
  const crds = { experimental: [crd], standard: [crd] };
  return compareKinds({ kinds: { Thing: thing }, crds, exceptions });
}

test('compareKinds() compares every served version of both channels', () => {
  assert.deepEqual(kindFindings(crdOf('Thing', upstream)), []);
  const changed = withField('name', { maxLength: 11 });
  assert.deepEqual(kindFindings(crdOf('Thing', changed)), [
    'experimental Thing v1 spec.name: maxLength is 11 upstream, 10 here',
    'standard Thing v1 spec.name: maxLength is 11 upstream, 10 here',
  ]);
});

test('compareKinds() finds unknown kinds, versions and scopes', () => {
  assert.deepEqual(kindFindings(crdOf('Other', upstream)), [
    'experimental Other: is a kind only upstream',
    'standard Other: is a kind only upstream',
    'Thing: is a kind only here',
  ]);
  const { spec } = crdOf('Thing', upstream, 'v2');
  const found = kindFindings({ spec: { ...spec, scope: 'Cluster' } });
  assert.ok(found.includes('experimental Thing: the scope is Cluster upstream'));
  assert.ok(found.includes('experimental Thing v2: is a version only upstream'));
  assert.ok(found.includes('experimental Thing v1: is a version only here'));
});

test('compareKinds() takes exceptions, and reports those that nothing needs', () => {
  const hash = ruleHash('self.count > 1');
  const changed = {
    ...upstream,
    'x-kubernetes-validations': [{ rule: 'self.count > 0' }, { rule: 'self.count > 1' }],
  };
  assert.equal(kindFindings(crdOf('Thing', changed)).length, 2);
  const exceptions = { ...none, rules: { [hash]: 'a reason' } };
  assert.deepEqual(kindFindings(crdOf('Thing', changed), exceptions), []);
  assert.deepEqual(kindFindings(crdOf('Thing', upstream), exceptions), [
    `exception ${hash}: nothing needs it`,
  ]);
});

test("the pattern that replaces upstream's takes the same texts", () => {
  const pieces = ['a', '~', ' ', '\t', '  ', 'b!', '\n', 'é', ''];
  for (const { upstream: theirs, ours } of meant.patterns) {
    for (const a of pieces) {
      for (const b of pieces) {
        for (const c of pieces) {
          const text = `${a}${b}${c}`;
          assert.equal(new RegExp(ours).test(text), new RegExp(theirs).test(text), JSON.stringify(text));
        }
      }
    }
  }
});

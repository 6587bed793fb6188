import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ReferenceGrant } from '../../lib/api/reference-grant.ts';
import { createGraph } from '../../lib/graph/mod.ts';
import { grantBuckets, granted, type Reference } from './granted.ts';

const gateways = 'gateway.networking.k8s.io';

const reference: Reference = {
  from: { group: gateways, kind: 'Gateway', namespace: 'infra' },
  to: { group: '', kind: 'Secret', namespace: 'certs', name: 'web' },
};

function grant(
  spec: ReferenceGrant['spec'],
  { name = 'allow', namespace = 'certs' }: { name?: string; namespace?: string } = {},
): ReferenceGrant {
  return {
    key: `${namespace}/${name}`,
    apiVersion: `${gateways}/v1`,
    kind: 'ReferenceGrant',
    metadata: { name, namespace, generation: 1 },
    spec,
  };
}

const from = [reference.from];
const secrets = [{ group: '', kind: 'Secret' }];

/** The decision over the given grants, and how often it was computed while `later` followed. */
function decide(
  grants: readonly ReferenceGrant[],
  later: readonly ReferenceGrant[] = [],
): { allowed: boolean; runs: number } {
  const graph = createGraph({
    onFault: ({ error }) => {
      throw error;
    },
  });
  const input = graph.input<ReferenceGrant>('ReferenceGrant');
  const index = graph.index('grants', input, grantBuckets);
  const questions = graph.input<{ key: string }>('questions');
  let runs = 0;
  const answers = graph.map('answers', questions, ({ key }, fetch) => {
    runs++;
    return { key, allowed: granted(fetch, index, reference) };
  });
  questions.set({ key: 'q' });
  for (const value of grants) input.set(value);
  graph.commit();
  for (const value of later) {
    input.set(value);
    graph.commit();
  }
  return { allowed: answers.get('q')?.allowed === true, runs };
}

const cases: readonly { name: string; grants: readonly ReferenceGrant[]; allowed: boolean }[] = [
  { name: 'no grant', grants: [], allowed: false },
  { name: 'a grant for all Secrets', grants: [grant({ from, to: secrets })], allowed: true },
  {
    name: 'a grant for this Secret',
    grants: [grant({ from, to: [{ group: '', kind: 'Secret', name: 'web' }] })],
    allowed: true,
  },
  {
    name: 'a grant for another Secret',
    grants: [grant({ from, to: [{ group: '', kind: 'Secret', name: 'other' }] })],
    allowed: false,
  },
  {
    name: 'a named grant for another kind and one for another Secret together',
    grants: [grant({
      from,
      to: [{ group: '', kind: 'Secret', name: 'other' }, { group: '', kind: 'ConfigMap', name: 'web' }],
    })],
    allowed: false,
  },
  {
    name: 'a grant in another namespace',
    grants: [grant({ from, to: secrets }, { namespace: 'infra' })],
    allowed: false,
  },
  {
    name: 'a grant from another namespace',
    grants: [grant({ from: [{ ...reference.from, namespace: 'apps' }], to: secrets })],
    allowed: false,
  },
  {
    name: 'a grant from another kind',
    grants: [grant({ from: [{ ...reference.from, kind: 'ListenerSet' }], to: secrets })],
    allowed: false,
  },
  {
    name: 'a grant from another group',
    grants: [grant({ from: [{ ...reference.from, group: 'example.com' }], to: secrets })],
    allowed: false,
  },
  {
    name: 'a grant to another group',
    grants: [grant({ from, to: [{ group: 'example.com', kind: 'Secret' }] })],
    allowed: false,
  },
];

test('granted()', async (t) => {
  for (const { name, grants, allowed } of cases) {
    await t.test(`is ${allowed} with ${name}`, () => assert.equal(decide(grants).allowed, allowed));
  }
});

function never(): never {
  assert.fail('nothing is read');
}

test('granted() is true within a namespace', () => {
  const graph = createGraph();
  const index = graph.index('grants', graph.input<ReferenceGrant>('ReferenceGrant'), grantBuckets);
  const local = { ...reference, to: { ...reference.to, namespace: 'infra' } };
  assert.equal(granted({ one: never, by: never, all: never }, index, local), true);
});

test('granted() is computed again only for grants that could match', () => {
  const unrelated = grant({ from: [{ ...reference.from, kind: 'HTTPRoute' }], to: secrets }, {
    name: 'routes',
  });
  assert.deepEqual(decide([], [unrelated]), { allowed: false, runs: 1 });
  assert.deepEqual(decide([], [unrelated, grant({ from, to: secrets })]), { allowed: true, runs: 2 });
});

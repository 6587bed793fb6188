import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Namespace } from '../../lib/api/namespace.ts';
import { createGraph } from '../../lib/graph/mod.ts';
import type { LabelSelector, NamespaceRule } from '../flow.ts';
import { namespaceAllowed, selects } from './allowed.ts';

const labels = { team: 'a', stage: 'prod' };

const selectors: readonly { name: string; selector: LabelSelector; selected: boolean }[] = [
  { name: 'an empty selector', selector: {}, selected: true },
  { name: 'all labels the same', selector: { matchLabels: { team: 'a', stage: 'prod' } }, selected: true },
  { name: 'one label that differs', selector: { matchLabels: { team: 'a', stage: 'dev' } }, selected: false },
  {
    name: 'In with the value',
    selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'b'] }] },
    selected: true,
  },
  {
    name: 'In without the label',
    selector: { matchExpressions: [{ key: 'x', operator: 'In', values: ['a'] }] },
    selected: false,
  },
  {
    name: 'NotIn with the value',
    selector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] },
    selected: false,
  },
  {
    name: 'NotIn without the label',
    selector: { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a'] }] },
    selected: true,
  },
  { name: 'Exists', selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] }, selected: true },
  {
    name: 'Exists without the label',
    selector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
    selected: false,
  },
  {
    name: 'DoesNotExist',
    selector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] },
    selected: false,
  },
  {
    name: 'DoesNotExist without the label',
    selector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] },
    selected: true,
  },
  {
    name: 'an unknown operator',
    selector: { matchExpressions: [{ key: 'team', operator: 'Gt', values: ['0'] }] },
    selected: false,
  },
  {
    name: 'labels that match and an expression that does not',
    selector: {
      matchLabels: { team: 'a' },
      matchExpressions: [{ key: 'stage', operator: 'In', values: ['dev'] }],
    },
    selected: false,
  },
];

test('selects()', async (t) => {
  for (const { name, selector, selected } of selectors) {
    await t.test(`is ${selected} for ${name}`, () => assert.equal(selects(selector, labels), selected));
  }
});

const byTeam: NamespaceRule = { from: 'Selector', selector: { matchLabels: { team: 'a' } } };
const byName: NamespaceRule = {
  from: 'Selector',
  selector: { matchLabels: { 'kubernetes.io/metadata.name': 'apps' } },
};

const rules: readonly { name: string; rule: NamespaceRule; namespace: string; allowed: boolean }[] = [
  { name: 'All', rule: { from: 'All' }, namespace: 'apps', allowed: true },
  { name: 'None', rule: { from: 'None' }, namespace: 'apps', allowed: false },
  { name: 'Same, in the same', rule: { from: 'Same', namespace: 'apps' }, namespace: 'apps', allowed: true },
  { name: 'Same, in another', rule: { from: 'Same', namespace: 'infra' }, namespace: 'apps', allowed: false },
  { name: 'a selector of its labels', rule: byTeam, namespace: 'labelled', allowed: true },
  { name: 'a selector of other labels', rule: byTeam, namespace: 'apps', allowed: false },
  {
    name: 'a selector of the name of a namespace without an object',
    rule: byName,
    namespace: 'apps',
    allowed: true,
  },
];

test('namespaceAllowed()', async (t) => {
  const graph = createGraph();
  const namespaces = graph.input<Namespace>('Namespace');
  const labelled = { name: 'labelled', generation: 1, labels: { team: 'a' } };
  namespaces.set({ key: 'labelled', apiVersion: 'v1', kind: 'Namespace', metadata: labelled });
  const questions = graph.input<{ key: string; rule: NamespaceRule; namespace: string }>('questions');
  const answers = graph.map('answers', questions, (question, fetch) => ({
    key: question.key,
    allowed: namespaceAllowed(fetch, namespaces, question),
  }));
  for (const { name, rule, namespace } of rules) questions.set({ key: name, rule, namespace });
  graph.commit();
  for (const { name, allowed } of rules) {
    await t.test(`is ${allowed} for ${name}`, () => assert.equal(answers.get(name)?.allowed, allowed));
  }
});

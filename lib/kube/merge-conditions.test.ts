import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Condition } from '../api/mod.ts';
import { mergeConditions } from './merge-conditions.ts';

const before = '2026-01-01T00:00:00Z';
const now = '2026-02-02T00:00:00Z';

function condition(type: string, fields: Partial<Condition> = {}): Condition {
  return { type, status: 'True', reason: 'Because', message: '', observedGeneration: 1, ...fields };
}

test('the time of a condition changes with its status alone', () => {
  const observed = [
    condition('Accepted', { lastTransitionTime: before }),
    condition('Programmed', { lastTransitionTime: before, status: 'False' }),
  ];
  const wanted = [condition('Accepted', { reason: 'Other', observedGeneration: 2 }), condition('Programmed')];
  assert.deepEqual(mergeConditions(observed, wanted, now), [
    { ...wanted[0], lastTransitionTime: before },
    { ...wanted[1], lastTransitionTime: now },
  ]);
});

test('conditions of others stay where they are; ours go when they are not wanted any more', () => {
  const foreign = condition('example.com/Checked', { lastTransitionTime: before });
  const plain = condition('Healthy', { lastTransitionTime: before });
  const observed = [
    condition('PartiallyInvalid'),
    foreign,
    condition('dragoman.dev/Odd'),
    plain,
    condition('Ready'),
  ];
  const merged = mergeConditions(observed, [condition('Accepted')], now);
  assert.deepEqual(merged, [foreign, plain, condition('Accepted', { lastTransitionTime: now })]);
});

test('of more than eight conditions those of others give way', () => {
  const foreign = Array.from({ length: 7 }, (_, index) => condition(`x${index}`));
  const merged = mergeConditions(foreign, [condition('Accepted'), condition('Programmed')], now);
  assert.deepEqual(merged.map(({ type }) => type), [
    'x0',
    'x1',
    'x2',
    'x3',
    'x4',
    'x5',
    'Accepted',
    'Programmed',
  ]);
});

test('messages and reasons are made to fit what the API server takes', () => {
  const conditions = [
    condition('A', { message: 'é'.repeat(40_000), reason: 'not a reason!' }),
    condition('B', { message: '🙂'.repeat(32_768), reason: '503' }),
    condition('C', { message: '🙂'.repeat(32_769), reason: 'R'.repeat(2_000) }),
  ];
  const [a, b, c] = mergeConditions([], conditions, now);
  assert.deepEqual([a?.message.length, a?.reason], [32_768, 'notareason']);
  assert.deepEqual([Array.from(b?.message ?? '').length, b?.reason], [32_768, 'Unknown']);
  assert.deepEqual([Array.from(c?.message ?? '').length, c?.reason.length], [32_768, 1_024]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WriteQueue } from './write-queue.ts';

function drain(queue: WriteQueue): string {
  const order: string[] = [];
  for (let key = queue.next(); key !== undefined; key = queue.next()) order.push(key);
  return order.join(' ');
}

test('fresh changes go first, but the backlog is never forgotten', () => {
  const queue = new WriteQueue();
  for (const key of ['old1', 'old2', 'old3']) queue.add(key, { fresh: false });
  for (let index = 0; index < 10; index++) queue.add(`n${index}`, { fresh: true });
  assert.equal(drain(queue), 'n0 n1 n2 n3 n4 n5 n6 old1 n7 n8 n9 old2 old3');
});

test('what waits is there once, and moves up but not back', () => {
  const queue = new WriteQueue();
  for (const key of ['a', 'b', 'c']) queue.add(key, { fresh: false });
  queue.add('c', { fresh: true });
  queue.add('c', { fresh: false });
  queue.add('d', { fresh: true });
  queue.delete('b');
  assert.equal(drain(queue), 'c d a');
});

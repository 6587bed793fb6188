import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Revisions } from './revisions.ts';

function follow(): {
  revisions: Revisions;
  begin: (name: string, changed: Record<string, string>) => void;
  done: string[];
} {
  const revisions = new Revisions();
  const done: string[] = [];
  const begin = (name: string, changed: Record<string, string>): void =>
    revisions.begin(
      Object.entries(changed).map(([key, version]) => ({ key, version })),
      {
        delivered: () => done.push(name),
        abandoned: () => done.push(`${name} abandoned`),
      },
    );
  return { revisions, begin, done };
}

test('a revision is delivered when the last of its resources is accepted', () => {
  const { revisions, begin, done } = follow();
  begin('first', { a: '1', b: '1' });
  revisions.accepted('a', '1');
  assert.deepEqual(done, []);
  revisions.accepted('b', '1');
  assert.deepEqual(done, ['first']);
});

test('a revision that changes nothing is delivered at once', () => {
  const { begin, done } = follow();
  begin('empty', {});
  assert.deepEqual(done, ['empty']);
});

test('accepting a later version delivers the earlier revision too', () => {
  const { revisions, begin, done } = follow();
  begin('first', { a: '1' });
  begin('second', { a: '2' });
  revisions.accepted('a', '1');
  assert.deepEqual(done, []);
  revisions.accepted('a', '2');
  assert.deepEqual(done, ['first', 'second']);
});

test('a dropped resource holds nothing up', () => {
  const { revisions, begin, done } = follow();
  begin('first', { a: '1' });
  revisions.dropped('a');
  assert.deepEqual(done, ['first']);
});

test('without proxies, what waits is abandoned once', () => {
  const { revisions, begin, done } = follow();
  begin('first', { a: '1', b: '1' });
  revisions.abandon();
  revisions.accepted('a', '1');
  assert.deepEqual(done, ['first abandoned']);
});

test('what is never accepted is given up in the end, the oldest first', () => {
  const { revisions, begin, done } = follow();
  for (let i = 0; i <= 1_000; i++) begin(`revision ${i}`, { a: String(i), [`own ${i}`]: '1' });
  assert.deepEqual(done, ['revision 0 abandoned']);
  revisions.accepted('a', '1000');
  revisions.accepted('own 1', '1');
  assert.deepEqual(done.slice(1), ['revision 1']);
});

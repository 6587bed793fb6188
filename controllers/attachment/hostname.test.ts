import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bySpecificity, coveringHostnames, intersection } from './hostname.ts';

test('intersection() is the more specific hostname, or nothing', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['*', 'a.example.com', 'a.example.com'],
    ['*.example.com', '*', '*.example.com'],
    ['*.example.com', 'a.b.example.com', 'a.b.example.com'],
    ['*.example.com', 'example.com', undefined],
    ['*.example.com', '*.com', '*.example.com'],
    ['*.example.com', '*.example.com', '*.example.com'],
    ['*.b.example.com', '*.example.com', '*.b.example.com'],
    ['a.example.com', 'b.example.com', undefined],
    ['*.ample.com', 'a.example.com', undefined],
    ['*', '*', '*'],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(intersection(a, b), expected, `${a} and ${b}`);
    assert.equal(intersection(b, a), expected, `${b} and ${a}`);
  }
});

test('coveringHostnames() goes from the name itself to any', () => {
  assert.deepEqual(coveringHostnames('a.b.com'), ['a.b.com', '*.b.com', '*.com', '*']);
  assert.deepEqual(coveringHostnames('*.b.com'), ['*.b.com', '*.com', '*']);
  assert.deepEqual(coveringHostnames('localhost'), ['localhost', '*']);
  assert.deepEqual(coveringHostnames('*'), ['*']);
});

test('bySpecificity() puts exact hostnames before wildcards and longer before shorter', () => {
  const sorted = ['*', '*.com', 'a.com', '*.example.com', 'longer.example.com'].sort(bySpecificity);
  assert.deepEqual(sorted, ['longer.example.com', 'a.com', '*.example.com', '*.com', '*']);
});

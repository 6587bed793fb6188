import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nearest } from './suggestion.ts';

test('nearest() finds words that are a slip away', () => {
  const words = ['backendRefs', 'filters', 'matches', 'name'];
  assert.equal(nearest('backendRef', words), 'backendRefs');
  assert.equal(nearest('BACKENDREFS', words), 'backendRefs');
  assert.equal(nearest('macthes', words), 'matches');
  assert.equal(nearest('nmae', words), 'name');
});

test('nearest() suggests nothing for another word', () => {
  assert.equal(nearest('hostnames', ['backendRefs', 'filters', 'name']), undefined);
  assert.equal(nearest('a', ['b', 'c']), 'b');
  assert.equal(nearest('', ['name']), undefined);
});

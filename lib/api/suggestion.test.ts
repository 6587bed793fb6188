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

test('nearest() suggests nothing for another word, or one that may be several', () => {
  assert.equal(nearest('hostnames', ['backendRefs', 'filters', 'name']), undefined);
  assert.equal(nearest('a', ['b']), 'b');
  assert.equal(nearest('v1.4', ['v1.0', 'v1.1', 'v1.2', 'v1.3']), undefined);
  assert.equal(nearest('', ['name']), undefined);
});

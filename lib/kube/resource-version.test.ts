import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isOlder } from './resource-version.ts';

test('isOlder() compares numbers of any length, and believes the order of arrival for anything else', () => {
  assert.equal(isOlder('9', '10'), true);
  assert.equal(isOlder('10', '9'), false);
  assert.equal(isOlder('10', '10'), false);
  assert.equal(isOlder('18446744073709551616', '18446744073709551617'), true);
  assert.equal(isOlder('abc', '9'), false);
  assert.equal(isOlder('9', ''), false);
});

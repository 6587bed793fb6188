import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isLocalAddress } from './local-address.ts';

test('isLocalAddress() finds loopback, link-local and unspecified addresses', () => {
  for (
    const address of [
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '169.254.169.254',
      '::1',
      '::',
      'fe80::1',
      'febf::1',
      '::ffff:127.0.0.1',
      '::ffff:169.254.169.254',
    ]
  ) assert.equal(isLocalAddress(address), true, address);
});

test('isLocalAddress() lets other addresses pass', () => {
  for (
    const address of ['10.0.0.1', '128.0.0.1', '169.253.0.1', '2001:db8::1', 'fd00::1', '::ffff:10.0.0.1']
  ) {
    assert.equal(isLocalAddress(address), false, address);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { socketAddress } from './address.ts';

test('socketAddress() takes IPv4 too where it stands for all addresses, and only there', () => {
  const both = (address: string): boolean | undefined => {
    const { address: of } = socketAddress(address, 80);
    return of.case === 'socketAddress' ? of.value.ipv4Compat : undefined;
  };
  assert.deepEqual(['::', '::1', '0.0.0.0', '127.0.0.1'].map(both), [true, false, false, false]);
});

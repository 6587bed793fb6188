import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNUSABLE_ADDRESS, USABLE_ADDRESS } from '../addresses.ts';
import { LoadBalancerAddresses } from './load-balancers.ts';

test('each Service gets the lowest free address, and keeps it', () => {
  const addresses = new LoadBalancerAddresses();
  assert.equal(addresses.take({ uid: 'a' }), '10.200.0.1');
  assert.equal(addresses.take({ uid: 'b' }), '10.200.0.2');
  assert.equal(addresses.take({ uid: 'a' }), '10.200.0.1');
  addresses.release('a');
  assert.equal(addresses.take({ uid: 'c' }), '10.200.0.1');
});

test('what its status says already is kept', () => {
  assert.equal(new LoadBalancerAddresses().take({ uid: 'a', current: '10.200.7.7' }), '10.200.7.7');
});

test('an address that is asked for is given, unless it is taken or out of range', () => {
  const addresses = new LoadBalancerAddresses();
  assert.equal(addresses.take({ uid: 'a', wanted: USABLE_ADDRESS }), USABLE_ADDRESS);
  assert.equal(addresses.take({ uid: 'b', wanted: USABLE_ADDRESS }), undefined);
  assert.equal(addresses.take({ uid: 'c', wanted: UNUSABLE_ADDRESS }), undefined);
});

test('an address that is not wanted any more is free', () => {
  const addresses = new LoadBalancerAddresses();
  addresses.take({ uid: 'a', wanted: USABLE_ADDRESS });
  addresses.take({ uid: 'a', wanted: '10.200.255.2', current: USABLE_ADDRESS });
  assert.equal(addresses.take({ uid: 'b', wanted: USABLE_ADDRESS }), USABLE_ADDRESS);
});

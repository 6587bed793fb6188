import assert from 'node:assert/strict';
import { test } from 'node:test';

import { http, said, standalone, translated } from './testing/world.ts';

test('spec.addresses of a Gateway in standalone mode', async (t) => {
  const cases: readonly {
    name: string;
    addresses: readonly object[];
    bound?: string;
    accepted?: string;
    unusable?: RegExp;
  }[] = [
    { name: 'none', addresses: [], bound: '127.0.0.1' },
    { name: 'an empty one', addresses: [{ type: 'IPAddress' }], bound: '127.0.0.1' },
    { name: 'the bind address', addresses: [{ value: '127.0.0.1' }], bound: '127.0.0.1' },
    { name: 'a loopback address', addresses: [{ value: '127.0.0.7' }], bound: '127.0.0.7' },
    { name: 'IPv6 loopback', addresses: [{ value: '::1' }], bound: '::1' },
    {
      name: 'an address of another machine',
      addresses: [{ value: '192.0.2.1' }],
      unusable: /addresses\[0\]: Address 192\.0\.2\.1 is neither/,
    },
    {
      name: 'one that can be had beside one that cannot',
      addresses: [{ value: '192.0.2.1' }, { value: '127.0.0.7' }],
      bound: '127.0.0.7',
      unusable: /addresses\[0\]/,
    },
    {
      name: 'two loopback addresses',
      addresses: [{ value: '127.0.0.7' }, { value: '127.0.0.8' }],
      bound: '127.0.0.7',
      unusable: /addresses\[1\]: Address 127\.0\.0\.8 is the Gateway's second/,
    },
    {
      name: 'routability',
      addresses: [{ value: '127.0.0.7', routability: 'Cluster' }],
      unusable: /Routability Cluster is not supported/,
    },
    {
      name: 'a type of others',
      addresses: [{ type: 'test/fake-invalid-type', value: 'x' }, { value: '127.0.0.7' }],
      accepted: 'False/UnsupportedAddress',
    },
    {
      name: 'a hostname',
      addresses: [{ type: 'Hostname', value: 'example.com' }],
      accepted: 'False/UnsupportedAddress',
    },
  ];
  for (const { name, addresses, bound, accepted = 'True/Accepted', unusable } of cases) {
    await t.test(name, () => {
      const { listeners, status } = translated({ listeners: [http], addresses });
      assert.equal(said(status.conditions)['Accepted'], accepted);
      assert.deepEqual(listeners.map(({ address }) => address), bound === undefined ? [] : [bound]);
      if (bound !== undefined) assert.deepEqual(status.addresses, [{ type: 'IPAddress', value: bound }]);
      if (unusable === undefined) assert.equal(status.unusableAddress, undefined);
      else assert.match(status.unusableAddress ?? '', unusable);
    });
  }
});

test('in Kubernetes the platform assigns addresses', () => {
  const addresses = [{ value: '192.0.2.1' }, { type: 'Hostname', value: 'lb.example.com' }, {
    type: 'IPAddress',
  }];
  const { status, listeners } = translated({ listeners: [http], addresses }, {
    ...standalone,
    mode: 'kubernetes',
  });
  assert.deepEqual(status.addresses, []);
  assert.deepEqual(status.requestedAddresses, ['192.0.2.1', 'lb.example.com']);
  assert.equal(status.unusableAddress, undefined);
  assert.equal(listeners[0]?.address, '0.0.0.0');
});

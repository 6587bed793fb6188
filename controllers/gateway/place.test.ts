import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Settings } from '../settings.ts';
import {
  gatewayOf,
  http,
  parametersOf,
  reference,
  said,
  standalone,
  translated,
  world,
} from './testing/world.ts';

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

const kubernetes: Settings = { ...standalone, mode: 'kubernetes' };

test('spec.addresses of a Gateway in Kubernetes', async (t) => {
  const any = { type: 'IPAddress' };
  const hostname = { type: 'Hostname', value: 'lb.example.com' };
  const cases: readonly {
    name: string;
    addresses: readonly object[];
    parameters?: object;
    requested?: readonly string[];
    accepted?: string;
    unusable?: RegExp;
  }[] = [
    { name: 'none', addresses: [] },
    { name: 'any of a type', addresses: [any], requested: ['IPAddress:'] },
    { name: 'one', addresses: [{ value: '192.0.2.1' }], requested: ['IPAddress:192.0.2.1'] },
    {
      name: 'one beside any, and a hostname that may come of itself',
      addresses: [{ value: '192.0.2.1' }, any, hostname],
      requested: ['IPAddress:192.0.2.1', 'IPAddress:', 'Hostname:lb.example.com'],
    },
    {
      name: 'two, of which the Service takes the first',
      addresses: [{ value: '192.0.2.1' }, { value: '192.0.2.2' }],
      requested: ['IPAddress:192.0.2.1'],
      unusable: /addresses\[1\]: Address 192\.0\.2\.2 is the Gateway's second/,
    },
    {
      name: 'one for a Service that cannot have it',
      addresses: [{ value: '192.0.2.1' }],
      parameters: { service: { type: 'NodePort' } },
      unusable: /cannot be asked for with a Service of type NodePort/,
    },
    {
      name: 'a type of others',
      addresses: [{ type: 'test/fake-invalid-type', value: 'x' }],
      accepted: 'False/UnsupportedAddress',
    },
  ];
  for (const { name, addresses, parameters = {}, requested = [], accepted, unusable } of cases) {
    await t.test(name, () => {
      const { graph, inputs, results } = world(kubernetes);
      inputs.parameters.set(parametersOf('mine', parameters));
      const infrastructure = { parametersRef: reference('mine') };
      inputs.gateways.set(gatewayOf('web', { listeners: [http], addresses, infrastructure }));
      graph.commit();
      const { status, listeners } = results.get('infra/web') ?? assert.fail();
      assert.equal(said(status.conditions)['Accepted'], accepted ?? 'True/Accepted');
      assert.deepEqual(status.addresses, []);
      assert.deepEqual(status.requestedAddresses.map(({ type, value }) => `${type}:${value}`), requested);
      assert.equal(listeners[0]?.address, '0.0.0.0');
      if (unusable === undefined) assert.equal(status.unusableAddress, undefined);
      else assert.match(status.unusableAddress ?? '', unusable);
    });
  }
});

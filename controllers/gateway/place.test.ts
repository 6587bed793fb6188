import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServiceCIDR } from '../../lib/api/service-cidr.ts';
import type { GatewayVerdict } from '../flow.ts';
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

function checkUnusable({ unusableAddresses }: GatewayVerdict, expected: RegExp | undefined): void {
  const shown = unusableAddresses.map(({ reason, message }) => `${reason}: ${message}`).join(' ');
  if (expected === undefined) assert.equal(shown, '');
  else assert.match(shown, expected);
}

test('spec.addresses of a Gateway in standalone mode', async (t) => {
  const cases: readonly {
    name: string;
    addresses: readonly object[];
    bound?: string;
    routability?: string;
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
      unusable: /AddressNotAssigned: .*Routability Cluster is not supported/,
    },
    {
      name: 'the routability of conformance tests',
      addresses: [{ value: '127.0.0.7', routability: 'testing.x-k8s.io/sentinel' }],
      bound: '127.0.0.7',
      routability: 'testing.x-k8s.io/sentinel',
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
  for (const { name, addresses, bound, routability = '', accepted = 'True/Accepted', unusable } of cases) {
    await t.test(name, () => {
      const { listeners, status } = translated({ listeners: [http], addresses });
      assert.equal(said(status.conditions)['Accepted'], accepted);
      assert.deepEqual(listeners.map(({ address }) => address), bound === undefined ? [] : [bound]);
      if (bound !== undefined) {
        assert.deepEqual(status.addresses, [{ type: 'IPAddress', value: bound, routability }]);
      }
      checkUnusable(status, unusable);
    });
  }
});

function serviceRange(name: string, cidrs: readonly string[]): ServiceCIDR {
  const metadata = { name, generation: 1 };
  return { key: name, apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata, spec: { cidrs } };
}

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
      unusable: /^AddressNotUsable: .*cannot be asked for with a Service of type NodePort/,
    },
    {
      name: 'addresses of a load balancer and of Services',
      addresses: [{ value: '192.0.2.1' }, { value: '10.96.0.7', routability: 'Cluster' }],
      requested: ['IPAddress:192.0.2.1', 'IPAddress:10.96.0.7'],
    },
    {
      name: 'two of Services, of which a Service has one',
      addresses: [
        { value: '10.96.0.7', routability: 'Cluster' },
        { value: '10.96.0.8', routability: 'Cluster' },
      ],
      requested: ['IPAddress:10.96.0.7'],
      unusable: /^AddressNotAssigned: .*10\.96\.0\.8 is the Gateway's second/,
    },
    {
      name: 'one that is not where Services are',
      addresses: [{ value: '192.0.2.1', routability: 'Cluster' }, any],
      requested: ['IPAddress:'],
      unusable:
        /^AddressNotAssigned: spec\.addresses\[0\]: .*192\.0\.2\.1 is not in 10\.96\.0\.0\/16 or fd00::\/112/,
    },
    {
      name: 'one that is, of the other family',
      addresses: [{ value: 'fd00::7', routability: 'Cluster' }],
      requested: ['IPAddress:fd00::7'],
    },
    {
      name: 'one that is not where Services are, of a Service that gets no other',
      addresses: [{ value: '192.0.2.1' }],
      parameters: { service: { type: 'ClusterIP' } },
      unusable: /^AddressNotUsable: .*is not in 10\.96\.0\.0\/16/,
    },
    {
      name: 'a routability of others, and a reserved one',
      addresses: [
        { type: 'IPAddress', routability: 'example.com/vpc' },
        { type: 'IPAddress', routability: 'testing.x-k8s.io/other' },
        { type: 'IPAddress', routability: 'testing.x-k8s.io/sentinel' },
      ],
      requested: ['IPAddress:'],
      unusable: /^AddressNotAssigned: .*example\.com\/vpc.* AddressNotAssigned: .*testing\.x-k8s\.io\/other/,
    },
    {
      name: 'a hostname inside the cluster',
      addresses: [{ type: 'Hostname', routability: 'Cluster' }],
      unusable: /^AddressNotAssigned: .*Cluster is not supported for addresses of type Hostname/,
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
      inputs.serviceCIDRs.set(serviceRange('kubernetes', ['10.96.0.0/16', 'fd00::/112']));
      const infrastructure = { parametersRef: reference('mine') };
      inputs.gateways.set(gatewayOf('web', { listeners: [http], addresses, infrastructure }));
      graph.commit();
      const { status, listeners } = results.get('infra/web') ?? assert.fail();
      assert.equal(said(status.conditions)['Accepted'], accepted ?? 'True/Accepted');
      assert.deepEqual(status.addresses, []);
      assert.deepEqual(status.requestedAddresses.map(({ type, value }) => `${type}:${value}`), requested);
      assert.equal(listeners[0]?.address, '0.0.0.0');
      checkUnusable(status, unusable);
    });
  }
});

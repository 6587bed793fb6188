import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressesOf, type ObservedService } from './addresses.ts';

test('addressesOf() tells where a Service is reached on its own ports', () => {
  const ip = (value: string): object => ({ type: 'IPAddress', value });
  const loadBalancer = (ingress?: readonly object[]): ObservedService => ({
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'] },
    status: { loadBalancer: ingress === undefined ? {} : { ingress } },
  });
  const cases: readonly (readonly [ObservedService, readonly object[]])[] = [
    [loadBalancer(), []],
    [loadBalancer([{ ip: '192.0.2.1', ipMode: 'VIP' }, { ip: '2001:db8::1' }]), [
      ip('192.0.2.1'),
      ip('2001:db8::1'),
    ]],
    [loadBalancer([{ hostname: 'lb.example.com' }]), [{ type: 'Hostname', value: 'lb.example.com' }]],
    [loadBalancer([{ ip: '192.0.2.1', hostname: 'lb.example.com' }]), [
      ip('192.0.2.1'),
      { type: 'Hostname', value: 'lb.example.com' },
    ]],
    [{ spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.1', 'fd00::1'] } }, [
      ip('10.96.0.1'),
      ip('fd00::1'),
    ]],
    [{ spec: { type: 'NodePort', clusterIPs: ['10.96.0.1'] } }, [ip('10.96.0.1')]],
    [{ spec: { type: 'ClusterIP', clusterIPs: ['None'] } }, []],
    [{ spec: { type: 'ClusterIP' } }, []],
    [{}, []],
  ];
  for (const [service, addresses] of cases) {
    assert.deepEqual(addressesOf(service), addresses, JSON.stringify(service));
  }
});

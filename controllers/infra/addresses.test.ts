import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressesOf, type ObservedService } from './addresses.ts';

test('addressesOf() tells where a Service is reached on its own ports', () => {
  const ip = (value: string, routability = ''): object => ({ type: 'IPAddress', value, routability });
  const own = ip('10.96.0.1', 'Cluster');
  const loadBalancer = (ingress?: readonly object[]): ObservedService => ({
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'] },
    status: { loadBalancer: ingress === undefined ? {} : { ingress } },
  });
  const hostname = { type: 'Hostname', value: 'lb.example.com', routability: '' };
  const balanced: readonly (readonly [ObservedService, readonly object[]])[] = [
    [loadBalancer(), [own]],
    [loadBalancer([{ ip: '192.0.2.1', ipMode: 'VIP' }, { ip: '2001:db8::1' }]), [
      ip('192.0.2.1'),
      ip('2001:db8::1'),
      own,
    ]],
    [loadBalancer([{ hostname: 'lb.example.com' }]), [hostname, own]],
    [loadBalancer([{ ip: '192.0.2.1', hostname: 'lb.example.com' }]), [ip('192.0.2.1'), hostname, own]],
  ];
  for (const [service, addresses] of balanced) {
    assert.deepEqual(addressesOf(service), { addresses, byDefault: '' }, JSON.stringify(service));
  }
  const others: readonly (readonly [ObservedService, readonly object[]])[] = [
    [{ spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.1', 'fd00::1'] } }, [own, ip('fd00::1', 'Cluster')]],
    [{ spec: { type: 'NodePort', clusterIPs: ['10.96.0.1'] } }, [own]],
    [{ spec: { type: 'ClusterIP', clusterIPs: ['None'] } }, []],
    [{ spec: { type: 'ClusterIP' } }, []],
    [{}, []],
  ];
  for (const [service, addresses] of others) {
    assert.deepEqual(addressesOf(service), { addresses, byDefault: 'Cluster' }, JSON.stringify(service));
  }
});

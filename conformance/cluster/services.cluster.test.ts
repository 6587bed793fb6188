import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { USABLE_ADDRESS } from './addresses.ts';
import type { Cluster } from './cluster.ts';
import { apply, echo, eventually, field, get, service, startCluster } from './testing/cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.stop());

const LOAD_BALANCER = { type: 'LoadBalancer' };
const address = async (name: string): Promise<string | undefined> =>
  await field(cluster, `service/${name}`, '.status.loadBalancer.ingress[0].ip') || undefined;

function answered(url: string): Promise<string> {
  return eventually(async () => {
    const { status, body } = await get(cluster, url);
    return status === 200 ? body : undefined;
  }, { what: `200 from ${url}` });
}

test('a Service reaches the pods of a Deployment, by its cluster IP and by name', async () => {
  await apply(cluster, echo({ name: 'web', replicas: 2 }), service('web'));
  await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=20s']);
  const body = await answered(`http://${await field(cluster, 'service/web', '.spec.clusterIP')}/`);
  const { pod } = JSON.parse(body) as { pod: string };
  assert.match(pod, /^web-[0-9a-f]+-[0-9a-z]+$/);

  // The echo server has no client, so another container asks.
  const asks = 'exec 3<>/dev/tcp/web/80; printf "GET /byname HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
  const client = { command: ['bash', '-c', `sleep 1; ${asks}; sleep 60`] };
  await apply(cluster, echo({ name: 'client', container: client }));
  await eventually(async () => {
    const log = await cluster.kubectl(['logs', 'deployment/client']);
    return log.includes('"path": "/byname"') ? log : undefined;
  }, { what: 'the answer to a pod that asks by name' });
});

test('a Service of type LoadBalancer gets an address that serves', async () => {
  await apply(cluster, echo({ name: 'public' }), service('public', LOAD_BALANCER));
  const given = await eventually(() => address('public'), { what: 'an address' });
  await answered(`http://${given}/`);
});

test('a port that no Service has is refused at once', async () => {
  const began = performance.now();
  await assert.rejects(get(cluster, 'http://10.200.77.77:81/'), /ECONNREFUSED/);
  assert.ok(performance.now() - began < 2000);
});

test('loadBalancerIP says which address, also later, and none if it is out of range', async () => {
  const is = (expected: string | undefined) =>
    eventually(async () => await address('fixed') === expected ? true : undefined, {
      what: `the address ${expected ?? 'gone'}`,
    });
  await apply(cluster, service('fixed', { ...LOAD_BALANCER, loadBalancerIP: USABLE_ADDRESS }));
  await is(USABLE_ADDRESS);
  await apply(cluster, service('fixed', { ...LOAD_BALANCER, loadBalancerIP: '192.0.2.1' }));
  await is(undefined);
  await apply(cluster, service('fixed', { ...LOAD_BALANCER, loadBalancerIP: '10.200.255.2' }));
  await is('10.200.255.2');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GatewayStatus } from '../../lib/api/gateway.ts';
import { gatewayStatusSchema } from '../../lib/api/gateway.ts';
import { type ListenerSetStatus, listenerSetStatusSchema } from '../../lib/api/listener-set.ts';
import type { RouteAttachment } from '../flow.ts';
import {
  gatewayOf,
  http,
  https,
  listenerSetOf,
  said,
  standalone,
  type World,
  world,
} from './testing/world.ts';

function gatewayStatusIn({ statuses }: World, key = 'infra/web'): GatewayStatus {
  const result = statuses.get(`Gateway/${key}`);
  assert.ok(result);
  return result.status as GatewayStatus;
}

function listenerSetStatusIn({ statuses }: World, key: string): ListenerSetStatus {
  const result = statuses.get(`ListenerSet/${key}`);
  assert.ok(result);
  return result.status as ListenerSetStatus;
}

/** `Programmed` of the Gateway, then of its listeners. */
function programmed(status: GatewayStatus | ListenerSetStatus): readonly (string | undefined)[] {
  const listeners = (status.listeners ?? []).map(({ conditions }) => conditions);
  return [status.conditions ?? [], ...listeners].map((conditions) => said(conditions)['Programmed']);
}

function send(
  { inputs }: World,
  port: number,
  { version, delivered }: { version: string; delivered?: string },
): void {
  inputs.sent.set({ key: `Listener|infra/web/${port}`, version });
  if (delivered !== undefined) {
    inputs.delivered.set({ key: `standalone|Listener|infra/web/${port}`, version: delivered });
  }
}

test('Programmed waits until proxies run the version that is sent', () => {
  const all = world();
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http, { ...http, name: 'alt', port: 8080 }] }));
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/Pending', 'False/Pending', 'False/Pending']);
  send(all, 80, { version: '1', delivered: '1' });
  send(all, 8080, { version: '2', delivered: '1' });
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/Pending', 'True/Programmed', 'False/Pending']);
  send(all, 8080, { version: '2', delivered: '2' });
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), [
    'True/Programmed',
    'True/Programmed',
    'True/Programmed',
  ]);
  assert.deepEqual(gatewayStatusIn(all).addresses, [{
    type: 'IPAddress',
    value: '127.0.0.1',
    routability: '',
  }]);
  assert.equal(gatewayStatusIn(all).attachedListenerSets, 0);
  assert.equal(all.translations(), 1);
});

test('a refusal of Envoy is told in its words', () => {
  const all = world();
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http] }));
  all.inputs.sent.set({ key: 'Listener|infra/web/80', version: '1', refusal: 'address already in use' });
  all.inputs.delivered.set({ key: 'standalone|Listener|infra/web/80', version: '1' });
  all.graph.commit();
  const { conditions = [] } = gatewayStatusIn(all);
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/Invalid', 'False/Invalid']);
  assert.match(
    conditions.find(({ type }) => type === 'Programmed')?.message ?? '',
    /port 80: address already in use$/,
  );
});

test('a Gateway is programmed with one good listener, and not without', () => {
  const all = world();
  send(all, 80, { version: '1', delivered: '1' });
  all.inputs.gateways.set(gatewayOf('web', { listeners: [https('https', { secret: 'gone' }), http] }));
  all.inputs.gateways.set(gatewayOf('z', { listeners: [https('https', { secret: 'gone' })] }));
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['True/Programmed', 'False/Invalid', 'True/Programmed']);
  assert.deepEqual(programmed(gatewayStatusIn(all, 'infra/z')), ['False/Invalid', 'False/Invalid']);
});

test('a Gateway that is not accepted is not programmed', () => {
  const all = world();
  const addresses = [{ type: 'example.com/other', value: 'x' }];
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http], addresses }));
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/Invalid', 'False/Invalid']);
});

test('an address that cannot be had is AddressNotUsable', () => {
  const all = world();
  send(all, 80, { version: '1', delivered: '1' });
  all.inputs.gateways.set(
    gatewayOf('web', { listeners: [http], addresses: [{ value: '192.0.2.1' }, { value: '127.0.0.7' }] }),
  );
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/AddressNotUsable', 'True/Programmed']);
  assert.deepEqual(gatewayStatusIn(all).addresses, [{
    type: 'IPAddress',
    value: '127.0.0.7',
    routability: '',
  }]);
  assert.equal(said(gatewayStatusIn(all).conditions)['AddressesAssigned'], 'False/PartiallyAssigned');
});

test('in Kubernetes addresses are those that the platform assigns', () => {
  const all = world({ ...standalone, mode: 'kubernetes' });
  all.inputs.sent.set({ key: 'Listener|infra/web/80', version: '1' });
  all.inputs.delivered.set({ key: 'infra/web|Listener|infra/web/80', version: '1' });
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http] }));
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/AddressNotAssigned', 'True/Programmed']);
  assert.equal(said(gatewayStatusIn(all).conditions)['AddressesAssigned'], undefined);
  all.inputs.addresses.set({ key: 'infra/web', addresses: [OWN], byDefault: '' });
  all.graph.commit();
  assert.equal(said(gatewayStatusIn(all).conditions)['AddressesAssigned'], 'False/NotAssigned');
  all.inputs.addresses.set({ key: 'infra/web', addresses: [BALANCED, OWN], byDefault: '' });
  all.graph.commit();
  assert.equal(programmed(gatewayStatusIn(all))[0], 'True/Programmed');
  assert.equal(said(gatewayStatusIn(all).conditions)['AddressesAssigned'], 'True/AddressesAssigned');
  assert.deepEqual(gatewayStatusIn(all).addresses, [BALANCED]);

  // A Service without a load balancer has its own address alone, and says from where it is reached.
  all.inputs.addresses.set({ key: 'infra/web', addresses: [OWN], byDefault: 'Cluster' });
  all.graph.commit();
  assert.deepEqual(gatewayStatusIn(all).addresses, [OWN]);
  all.inputs.installed.set({ key: 'Gateway', channel: 'standard' });
  all.graph.commit();
  assert.deepEqual(gatewayStatusIn(all).addresses, [{ type: 'IPAddress', value: '10.96.0.7' }]);
});

const BALANCED = { type: 'IPAddress', value: '192.0.2.1', routability: '' } as const;
const OWN = { type: 'IPAddress', value: '10.96.0.7', routability: 'Cluster' } as const;

test('each request of spec.addresses gets an address of its own, or says that it has none', () => {
  const all = world({ ...standalone, mode: 'kubernetes' });
  all.inputs.sent.set({ key: 'Listener|infra/web/80', version: '1' });
  all.inputs.delivered.set({ key: 'infra/web|Listener|infra/web/80', version: '1' });
  all.inputs.addresses.set({ key: 'infra/web', addresses: [BALANCED, OWN], byDefault: '' });
  const any = { type: 'IPAddress' };
  const cluster = { ...any, routability: 'Cluster' };
  const sentinel = { ...any, routability: 'testing.x-k8s.io/sentinel' };
  const cases: readonly (readonly [readonly object[], readonly object[], string, string])[] = [
    [[any], [BALANCED], 'True/AddressesAssigned', 'True/Programmed'],
    [[{ ...any, routability: '' }], [BALANCED], 'True/AddressesAssigned', 'True/Programmed'],
    [[cluster], [OWN], 'True/AddressesAssigned', 'True/Programmed'],
    [[cluster, any], [OWN, BALANCED], 'True/AddressesAssigned', 'True/Programmed'],
    [[any, cluster], [BALANCED, OWN], 'True/AddressesAssigned', 'True/Programmed'],
    [[sentinel], [{ ...BALANCED, ...sentinel }], 'True/AddressesAssigned', 'True/Programmed'],
    [[any, sentinel], [BALANCED], 'False/PartiallyAssigned', 'True/Programmed'],
    [[cluster, cluster], [OWN], 'False/PartiallyAssigned', 'True/Programmed'],
    [[{ value: OWN.value, routability: 'Cluster' }], [OWN], 'True/AddressesAssigned', 'True/Programmed'],
    [[{ value: '10.96.0.8', routability: 'Cluster' }], [], 'False/NotAssigned', 'False/AddressNotAssigned'],
    [
      [{ value: '10.96.0.8', routability: 'Cluster' }, any],
      [BALANCED],
      'False/PartiallyAssigned',
      'True/Programmed',
    ],
    [[{ ...any, routability: 'example.com/vpc' }], [], 'False/NotAssigned', 'False/AddressNotAssigned'],
    [[{ value: '192.0.2.1' }, any], [BALANCED], 'False/PartiallyAssigned', 'True/Programmed'],
    [[{ value: '192.0.2.2' }], [], 'False/NotAssigned', 'False/AddressNotUsable'],
    [[{ value: '192.0.2.2' }, cluster], [OWN], 'False/PartiallyAssigned', 'False/AddressNotUsable'],
    [[{ type: 'Hostname' }], [], 'False/NotAssigned', 'False/AddressNotAssigned'],
    [[{ type: 'Hostname' }, any], [BALANCED], 'False/PartiallyAssigned', 'True/Programmed'],
  ];
  for (const [addresses, got, assigned, expected] of cases) {
    all.inputs.gateways.set(gatewayOf('web', { listeners: [http], addresses }));
    all.graph.commit();
    const status = gatewayStatusIn(all);
    const what = JSON.stringify(addresses);
    assert.deepEqual(status.addresses, got, what);
    assert.equal(said(status.conditions)['AddressesAssigned'], assigned, what);
    assert.equal(programmed(status)[0], expected, what);
  }
  const { conditions = [] } = gatewayStatusIn(all);
  assert.equal(
    conditions.find(({ type }) => type === 'AddressesAssigned')?.message,
    'spec.addresses[0]: the platform has not assigned an address of type Hostname.',
  );
});

test('objects of a Gateway that cannot be made are told in the words of the platform', () => {
  const all = world();
  send(all, 80, { version: '1', delivered: '1' });
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http] }));
  all.inputs.infraFaults.set({ key: 'Gateway/infra/web', reason: 'NoResources', message: 'exceeded quota' });
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['False/NoResources', 'True/Programmed']);
  all.inputs.infraFaults.delete('Gateway/infra/web');
  all.graph.commit();
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['True/Programmed', 'True/Programmed']);
});

function attachment(
  name: string,
  { accepted, listeners }: { accepted: boolean; listeners: readonly string[] },
): RouteAttachment {
  const attached = listeners.map((listener) => ({
    listener,
    fleet: 'standalone',
    routeConfig: 'infra/web/80',
    publicPort: 80,
    hostnames: [],
  }));
  return {
    key: `HTTPRoute/infra/${name}`,
    route: { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'infra', name },
    created: 0,
    parents: [{ index: 0, ours: true, accepted, reason: 'Accepted', message: '', listeners: attached }],
  };
}

test('attachedRoutes counts accepted routes by listener, and wakes no translation', () => {
  const all = world();
  const [a, b] = ['Gateway/infra/web/a', 'Gateway/infra/web/b'];
  all.inputs.gateways.set(
    gatewayOf('web', { listeners: [{ ...http, name: 'b', port: 81 }, { ...http, name: 'a' }] }),
  );
  all.graph.commit();
  all.inputs.attachments.set(attachment('one', { accepted: true, listeners: [a, b] }));
  all.inputs.attachments.set(attachment('two', { accepted: true, listeners: [a, a] }));
  all.inputs.attachments.set(attachment('three', { accepted: false, listeners: [a] }));
  all.graph.commit();
  const counts = gatewayStatusIn(all).listeners?.map(({ name, attachedRoutes }) => [name, attachedRoutes]);
  assert.deepEqual(counts, [['b', 1], ['a', 2]]);
  assert.equal(all.translations(), 1);
});

test('attachedRoutes counts at a listener without a usable certificate too', () => {
  const all = world();
  all.inputs.gateways.set(gatewayOf('web', { listeners: [https('tls', { secret: 'gone' })] }));
  all.inputs.attachments.set(attachment('one', { accepted: true, listeners: ['Gateway/infra/web/tls'] }));
  all.graph.commit();
  assert.equal(gatewayStatusIn(all).listeners?.[0]?.attachedRoutes, 1);
});

test('ListenerSets are programmed with their ports, for the same reason as they are not accepted otherwise', () => {
  const all = world();
  const allowedListeners = { namespaces: { from: 'Same' } };
  const set = (name: string, more: object = {}): object => ({
    ...http,
    name,
    hostname: `${name}.example.com`,
    ...more,
  });
  all.inputs.gateways.set(gatewayOf('web', { listeners: [set('gateway')], allowedListeners }));
  all.inputs.listenerSets.set(listenerSetOf('good', [set('good'), set('gateway')]));
  all.inputs.listenerSets.set(listenerSetOf('late', [set('late', { port: 8080 })]));
  all.inputs.listenerSets.set(listenerSetOf('lost', [set('gateway')]));
  all.inputs.listenerSets.set(listenerSetOf('other', [set('other')], { namespace: 'apps' }));
  send(all, 80, { version: '1', delivered: '1' });
  send(all, 8080, { version: '1' });
  all.graph.commit();
  const of = (key: string): readonly (string | undefined)[] => programmed(listenerSetStatusIn(all, key));
  assert.deepEqual(of('infra/good'), ['True/Programmed', 'True/Programmed', 'False/HostnameConflict']);
  assert.deepEqual(of('infra/late'), ['False/Pending', 'False/Pending']);
  assert.deepEqual(of('infra/lost'), ['False/ListenersNotValid', 'False/HostnameConflict']);
  assert.deepEqual(of('apps/other'), ['False/NotAllowed']);
  assert.equal(gatewayStatusIn(all).attachedListenerSets, 2);
  assert.deepEqual(programmed(gatewayStatusIn(all)), ['True/Programmed', 'True/Programmed']);
  const conditions = listenerSetStatusIn(all, 'infra/good').conditions ?? [];
  assert.ok(conditions.every(({ observedGeneration }) => observedGeneration === 3));

  all.inputs.gateways.set(
    gatewayOf('web', { listeners: [set('gateway')], allowedListeners, addresses: [{ value: '192.0.2.1' }] }),
  );
  all.graph.commit();
  assert.deepEqual(of('infra/late')[0], 'False/ParentNotProgrammed');
});

test('the statuses fit the API', () => {
  const all = world();
  const allowedListeners = { namespaces: { from: 'Same' } };
  all.inputs.gateways.set(gatewayOf('web', { listeners: [http, https('https')], allowedListeners }));
  all.inputs.listenerSets.set(listenerSetOf('more', [{ ...http, port: 8080 }]));
  all.graph.commit();
  for (const { object, status } of all.statuses.values()) {
    const schema = object.kind === 'Gateway' ? gatewayStatusSchema : listenerSetStatusSchema;
    // Times are the status writer's to add; where they land on something else they are dropped.
    const time = '"lastTransitionTime":"2026-01-01T00:00:00Z"';
    const timed: unknown = JSON.parse(JSON.stringify(status).replaceAll('"type":"', `${time},"type":"`));
    assert.doesNotThrow(() => schema.parse(timed));
  }
  assert.equal(all.statuses.size, 2);
});

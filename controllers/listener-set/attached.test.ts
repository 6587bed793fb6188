import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { GatewayResult, GatewayVerdict } from '../flow.ts';
import { gatewayOf, http, https, listenerSetOf, said, world } from '../gateway/testing/world.ts';
import { tlsSecret, web } from '../secret/testing/fixtures.ts';

const all = { namespaces: { from: 'All' } };

/** What Gateway `infra/web` with one listener becomes with the given ListenerSets. */
function attach(
  sets: readonly ListenerSet[],
  { allowedListeners = all, listeners = [{ ...http, hostname: 'gateway.example.com' }] }: {
    allowedListeners?: object | undefined;
    listeners?: readonly object[];
  } = {},
): GatewayResult {
  const { graph, inputs, results } = world();
  for (const set of sets) inputs.listenerSets.set(set);
  inputs.secrets.set(tlsSecret('infra/web', web));
  inputs.secrets.set(tlsSecret('certs/web', web));
  inputs.grants.set({
    key: 'certs/allow',
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ReferenceGrant',
    metadata: { namespace: 'certs', name: 'allow', generation: 1 },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'ListenerSet', namespace: 'infra' }],
      to: [{ group: '', kind: 'Secret' }],
    },
  });
  inputs.namespaces.set({
    key: 'apps',
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'apps', generation: 1, labels: { allowed: 'yes' } },
  });
  inputs.gateways.set(
    gatewayOf('web', allowedListeners === undefined ? { listeners } : { listeners, allowedListeners }),
  );
  graph.commit();
  const result = results.get('infra/web');
  assert.ok(result);
  return result;
}

function setOf({ status }: GatewayResult, key: string): GatewayVerdict['listenerSets'][number] {
  const set = status.listenerSets.find((verdict) => verdict.key === key);
  assert.ok(set);
  return set;
}

function hostname(name: string, more: object = {}): object {
  return { ...http, name, hostname: `${name}.example.com`, ...more };
}

/** Reason of `Accepted` by listener. */
function acceptance(
  { listeners }: GatewayVerdict['listenerSets'][number],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(listeners.map(({ name, conditions }) => [name, said(conditions)['Accepted']]));
}

test('spec.allowedListeners', async (t) => {
  const selector = { matchLabels: { allowed: 'yes' } };
  const cases: readonly {
    name: string;
    allowedListeners: object | undefined;
    infra: boolean;
    apps: boolean;
  }[] = [
    { name: 'absent', allowedListeners: undefined, infra: false, apps: false },
    { name: 'empty', allowedListeners: {}, infra: false, apps: false },
    { name: 'None', allowedListeners: { namespaces: { from: 'None' } }, infra: false, apps: false },
    { name: 'Same', allowedListeners: { namespaces: { from: 'Same' } }, infra: true, apps: false },
    {
      name: 'Selector',
      allowedListeners: { namespaces: { from: 'Selector', selector } },
      infra: false,
      apps: true,
    },
    {
      name: 'Selector without selector',
      allowedListeners: { namespaces: { from: 'Selector' } },
      infra: false,
      apps: false,
    },
    { name: 'All', allowedListeners: all, infra: true, apps: true },
  ];
  for (const { name, infra, apps, ...rest } of cases) {
    await t.test(name, () => {
      const { graph, inputs, results } = world();
      inputs.namespaces.set({
        key: 'apps',
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'apps', generation: 1, labels: { allowed: 'yes' } },
      });
      inputs.listenerSets.set(listenerSetOf('one', [hostname('one')]));
      inputs.listenerSets.set(listenerSetOf('two', [hostname('two')], { namespace: 'apps' }));
      const spec = { listeners: [hostname('gateway')] };
      inputs.gateways.set(
        gatewayOf('web', rest.allowedListeners === undefined ? spec : { ...spec, ...rest }),
      );
      graph.commit();
      const result = results.get('infra/web');
      assert.ok(result);
      const expected = (allowed: boolean): string => allowed ? 'True/Accepted' : 'False/NotAllowed';
      assert.equal(said(setOf(result, 'infra/one').conditions)['Accepted'], expected(infra));
      assert.equal(said(setOf(result, 'apps/two').conditions)['Accepted'], expected(apps));
      assert.equal(result.status.attachedListenerSets, Number(infra) + Number(apps));
      const accepted = Object.fromEntries(
        result.projections.map((projection) => [projection.section, projection.accepted]),
      );
      assert.deepEqual(accepted, { gateway: true, one: infra, two: apps });
      const codes = result.diagnostics.map(({ object, code }) =>
        `${object.namespace}/${object.name} ${code}`
      );
      assert.deepEqual(codes.sort(), [
        ...apps ? [] : ['apps/two NotAllowed'],
        ...infra ? [] : ['infra/one NotAllowed'],
      ]);
    });
  }
});

test('of equal hostnames the Gateway has the first, then the older ListenerSet, then the first by name', () => {
  const result = attach([
    listenerSetOf('a', [hostname('gateway'), hostname('a')]),
    listenerSetOf('b', [hostname('a'), hostname('b')]),
    listenerSetOf('c', [hostname('a')]),
  ]);
  assert.deepEqual(acceptance(setOf(result, 'infra/a')), {
    gateway: 'False/HostnameConflict',
    a: 'True/Accepted',
  });
  assert.deepEqual(acceptance(setOf(result, 'infra/b')), { a: 'False/HostnameConflict', b: 'True/Accepted' });
  assert.deepEqual(said(setOf(result, 'infra/b').listeners[0]?.conditions), {
    Accepted: 'False/HostnameConflict',
    Conflicted: 'True/HostnameConflict',
    ResolvedRefs: 'True/ResolvedRefs',
  });
  assert.equal(said(setOf(result, 'infra/b').conditions)['Accepted'], 'True/ListenersNotValid');
  assert.equal(said(setOf(result, 'infra/c').conditions)['Accepted'], 'False/ListenersNotValid');
  assert.equal(result.status.attachedListenerSets, 2);
  assert.equal(said(result.status.conditions)['Accepted'], 'True/Accepted');

  const older = attach([
    listenerSetOf('a', [hostname('x')], { creationTimestamp: '2026-02-01T00:00:00Z' }),
    listenerSetOf('b', [hostname('x')], { creationTimestamp: '2026-01-01T00:00:00Z' }),
  ]);
  assert.deepEqual(acceptance(setOf(older, 'infra/a')), { x: 'False/HostnameConflict' });
  assert.deepEqual(acceptance(setOf(older, 'infra/b')), { x: 'True/Accepted' });
});

test('a protocol that its port does not have is a conflict', () => {
  const tcp = { name: 'tcp', port: 80, protocol: 'TCP' };
  const result = attach([
    listenerSetOf('a', [hostname('a'), tcp, hostname('b')]),
    listenerSetOf('b', [{ ...https('tls'), port: 80 }]),
    listenerSetOf('c', [{ ...tcp, port: 9000 }]),
  ]);
  assert.deepEqual(acceptance(setOf(result, 'infra/a')), {
    a: 'True/Accepted',
    tcp: 'False/ProtocolConflict',
    b: 'True/Accepted',
  });
  assert.deepEqual(acceptance(setOf(result, 'infra/b')), { tls: 'False/ProtocolConflict' });
  assert.deepEqual(acceptance(setOf(result, 'infra/c')), { tcp: 'True/Accepted' });
  assert.deepEqual(result.listeners.map(({ key }) => key), ['infra/web/80', 'infra/web/9000']);
});

test('a port whose Gateway listeners conflict is not taken over by a ListenerSet', () => {
  const listeners = [{ ...http }, { ...https('https'), port: 80 }];
  const result = attach([listenerSetOf('a', [hostname('a')])], { listeners });
  assert.equal(said(result.status.conditions)['Accepted'], 'False/ListenersNotValid');
  assert.equal(said(setOf(result, 'infra/a').conditions)['Accepted'], 'False/ParentNotAccepted');
  assert.deepEqual(acceptance(setOf(result, 'infra/a')), { a: 'False/ProtocolConflict' });
  assert.deepEqual(result.listeners, []);
});

test('references of a ListenerSet need grants of its own, not those of its Gateway', () => {
  const tls = { certificateRefs: [{ name: 'web', namespace: 'certs' }] };
  const listener = { name: 'https', port: 443, protocol: 'HTTPS', tls };
  const result = attach([
    listenerSetOf('granted', [{ ...listener, hostname: 'a.example.com' }]),
    listenerSetOf('denied', [{ ...listener, hostname: 'b.example.com' }], { namespace: 'apps' }),
  ], { listeners: [{ ...listener, hostname: 'gateway.example.com' }] });
  const resolved = (key: string): string | undefined =>
    said(setOf(result, key).listeners[0]?.conditions)['ResolvedRefs'];
  assert.equal(resolved('infra/granted'), 'True/ResolvedRefs');
  assert.equal(resolved('apps/denied'), 'False/RefNotPermitted');
  assert.equal(said(setOf(result, 'apps/denied').conditions)['Accepted'], 'False/ListenersNotValid');
  assert.equal(said(result.status.listeners[0]?.conditions)['ResolvedRefs'], 'False/RefNotPermitted');
  assert.deepEqual(result.listeners[0]?.chains.map(({ name }) => name), ['ListenerSet/infra/granted/https']);
});

test('listeners of a ListenerSet are served by the proxies of its Gateway', () => {
  const result = attach([listenerSetOf('more', [hostname('x', { port: 8080 })], { namespace: 'apps' })]);
  assert.deepEqual(result.listeners.map(({ key, gateway }) => [key, gateway.name]), [
    ['infra/web/80', 'web'],
    ['infra/web/8080', 'web'],
  ]);
  const { key, parent, gateway, namespaces, routeConfig } = result.projections[1] ?? assert.fail();
  assert.deepEqual([key, parent.kind, gateway.kind, routeConfig], [
    'ListenerSet/apps/more/x',
    'ListenerSet',
    'Gateway',
    'infra/web/8080',
  ]);
  assert.deepEqual(namespaces, { from: 'Same', namespace: 'apps' });
});

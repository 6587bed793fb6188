import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  gatewayClassOf,
  gatewayOf,
  http,
  https,
  parametersOf,
  reference,
  said,
  standalone,
  translated,
  verdictOf,
  world,
} from './testing/world.ts';

test('a Gateway of another class is none of ours', () => {
  const { graph, inputs, results } = world();
  inputs.gateways.set(gatewayOf('web', { gatewayClassName: 'other', listeners: [http] }));
  graph.commit();
  assert.equal(results.size, 0);
});

test('HTTP listeners of a port are one model Listener with one chain', () => {
  const listeners = [{ ...http, name: 'b', hostname: 'b.example.com' }, { ...http, name: 'any' }, {
    ...http,
    name: 'alt',
    port: 8080,
  }];
  const result = translated({ listeners });
  const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'infra', name: 'web' };
  const chain = (key: string): object => ({
    name: key,
    serverNames: [],
    handler: { type: 'http', routeConfig: key },
  });
  const shared = { fleet: 'standalone', gateway, address: '127.0.0.1' };
  assert.deepEqual(result.listeners, [
    { ...shared, key: 'infra/web/80', bindPort: 80, port: 80, chains: [chain('infra/web/80')] },
    { ...shared, key: 'infra/web/8080', bindPort: 8080, port: 8080, chains: [chain('infra/web/8080')] },
  ]);
  assert.deepEqual(result.routeConfigs, [
    { key: 'infra/web/80', fleet: 'standalone', port: 80 },
    { key: 'infra/web/8080', fleet: 'standalone', port: 8080 },
  ]);
  assert.deepEqual(result.projections[0], {
    key: 'Gateway/infra/web/b',
    parent: gateway,
    gateway,
    fleet: 'standalone',
    section: 'b',
    port: 80,
    publicPort: 80,
    protocol: 'HTTP',
    kinds: ['GRPCRoute', 'HTTPRoute'].map((kind) => ({ group: 'gateway.networking.k8s.io', kind })),
    namespaces: { from: 'Same', namespace: 'infra' },
    routeConfig: 'infra/web/80',
    accepted: true,
    hostname: 'b.example.com',
  });
  assert.deepEqual(said(result.status.conditions), {
    Accepted: 'True/Accepted',
    ResolvedRefs: 'True/ResolvedRefs',
  });
  assert.equal(result.status.conditions[0]?.observedGeneration, 7);
  assert.deepEqual(result.diagnostics, []);
});

test('in Kubernetes each Gateway has a fleet of its own and ports as they are', () => {
  const { listeners, projections } = translated({ listeners: [http] }, {
    ...standalone,
    mode: 'kubernetes',
    privilegedPortShift: 10000,
  });
  assert.equal(listeners[0]?.fleet, 'infra/web');
  assert.equal(listeners[0]?.address, '0.0.0.0');
  assert.equal(listeners[0]?.bindPort, 80);
  assert.equal(projections[0]?.publicPort, 80);
});

test('privileged ports are shifted, and two ports never become one', () => {
  const settings = { ...standalone, privilegedPortShift: 8000 };
  const result = translated({ listeners: [http, { ...http, name: 'alt', port: 8080 }] }, settings);
  assert.deepEqual(result.listeners.map(({ key, bindPort, port }) => [key, bindPort, port]), [[
    'infra/web/80',
    8080,
    8080,
  ]]);
  assert.equal(result.projections[0]?.publicPort, 8080);
  assert.equal(said(verdictOf(result, 'alt').conditions)['Accepted'], 'False/PortUnavailable');
  assert.match(
    result.diagnostics[0]?.message ?? '',
    /Port 8080 is bound as 8080, and so is port 80 of the same Gateway/,
  );
  assert.equal(result.diagnostics[0]?.field, 'spec.listeners[1].port');
});

test('allowedRoutes.kinds: supportedKinds and ResolvedRefs', async (t) => {
  const cases: readonly {
    kinds: readonly object[];
    supported: readonly string[];
    resolved: string;
    serves: boolean;
  }[] = [
    { kinds: [], supported: ['GRPCRoute', 'HTTPRoute'], resolved: 'True/ResolvedRefs', serves: true },
    { kinds: [{ kind: 'HTTPRoute' }], supported: ['HTTPRoute'], resolved: 'True/ResolvedRefs', serves: true },
    { kinds: [{ kind: 'GRPCRoute' }], supported: ['GRPCRoute'], resolved: 'True/ResolvedRefs', serves: true },
    { kinds: [{ kind: 'InvalidRoute' }], supported: [], resolved: 'False/InvalidRouteKinds', serves: false },
    {
      kinds: [{ kind: 'InvalidRoute' }, { kind: 'HTTPRoute' }],
      supported: ['HTTPRoute'],
      resolved: 'False/InvalidRouteKinds',
      serves: true,
    },
    {
      kinds: [{ kind: 'HTTPRoute', group: 'example.com' }],
      supported: [],
      resolved: 'False/InvalidRouteKinds',
      serves: false,
    },
  ];
  for (const { kinds, supported, resolved, serves } of cases) {
    await t.test(JSON.stringify(kinds), () => {
      const result = translated({ listeners: [{ ...http, allowedRoutes: { kinds } }] });
      const verdict = verdictOf(result, 'http');
      assert.deepEqual(verdict.supportedKinds.map(({ kind }) => kind), supported);
      assert.equal(said(verdict.conditions)['ResolvedRefs'], resolved);
      assert.equal(verdict.listener !== undefined, serves);
    });
  }
});

test('allowedRoutes.namespaces become a rule', async (t) => {
  const selector = { matchLabels: { team: 'a' } };
  const cases: readonly { namespaces: object; rule: object }[] = [
    { namespaces: { from: 'All' }, rule: { from: 'All' } },
    { namespaces: { from: 'Same' }, rule: { from: 'Same', namespace: 'infra' } },
    { namespaces: { from: 'Selector', selector }, rule: { from: 'Selector', selector } },
    { namespaces: { from: 'Selector' }, rule: { from: 'None' } },
  ];
  for (const { namespaces, rule } of cases) {
    await t.test(JSON.stringify(namespaces), () => {
      const { projections } = translated({ listeners: [{ ...http, allowedRoutes: { namespaces } }] });
      assert.deepEqual(projections[0]?.namespaces, rule);
    });
  }
});

test('protocols that Gateway API does not know are not supported', () => {
  const invalid = { name: 'invalid', port: 1111, protocol: 'INVALID' };
  const result = translated({ listeners: [http, invalid] });
  assert.equal(said(result.status.conditions)['Accepted'], 'True/ListenersNotValid');
  assert.match(result.status.conditions[0]?.message ?? '', /not valid: invalid\. Accepted: http\./);
  assert.equal(said(verdictOf(result, 'invalid').conditions)['Accepted'], 'False/UnsupportedProtocol');
  assert.deepEqual(verdictOf(result, 'invalid').supportedKinds, []);
  assert.deepEqual(result.projections.map(({ protocol, accepted }) => [protocol, accepted]), [
    ['HTTP', true],
    ['unknown', false],
  ]);
  assert.equal(
    said(translated({ listeners: [invalid] }).status.conditions)['Accepted'],
    'False/ListenersNotValid',
  );
});

test('listeners of different protocols on one port all lose', () => {
  const result = translated({
    listeners: [http, { ...https('https'), port: 80 }, { ...http, name: 'alt', port: 8080 }],
  });
  for (const name of ['http', 'https']) {
    assert.deepEqual(said(verdictOf(result, name).conditions), {
      Accepted: 'False/ProtocolConflict',
      Conflicted: 'True/ProtocolConflict',
      ResolvedRefs: 'True/ResolvedRefs',
    });
  }
  assert.deepEqual(result.listeners.map(({ key }) => key), ['infra/web/8080']);
  assert.deepEqual(result.projections.map(({ accepted }) => accepted), [false, false, true]);
});

test('a listener with filters is not served without them', () => {
  const filter = { type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Guard', name: 'x' } };
  const result = translated({ listeners: [{ ...http, filters: { requests: [filter] } }] });
  assert.equal(said(verdictOf(result, 'http').conditions)['Accepted'], 'False/UnsupportedValue');
  assert.deepEqual(result.listeners, []);
});

test('spec.infrastructure.parametersRef is followed to GatewayParameters of the same namespace', () => {
  const { graph, inputs, results } = world();
  const infrastructure = { parametersRef: reference('mine'), labels: { a: 'b' } };
  inputs.gateways.set(gatewayOf('web', { listeners: [http], infrastructure }));
  inputs.parameters.set({ ...parametersOf('mine', {}), key: 'other/mine' });
  graph.commit();
  const missing = results.get('infra/web');
  assert.equal(said(missing?.status.conditions)['Accepted'], 'False/InvalidParameters');
  assert.equal(missing?.diagnostics[0]?.message, 'GatewayParameters/infra/mine does not exist.');
  inputs.parameters.set(parametersOf('mine', {}));
  graph.commit();
  const found = results.get('infra/web');
  assert.equal(said(found?.status.conditions)['Accepted'], 'True/Accepted');
  assert.equal(found?.listeners.length, 1);
});

test('spec.infrastructure.parametersRef to another kind is refused', () => {
  const parametersRef = { group: 'invalid.io', kind: 'InvalidParameters', name: 'invalid' };
  const result = translated({ listeners: [http], infrastructure: { parametersRef } });
  assert.equal(said(result.status.conditions)['Accepted'], 'False/InvalidParameters');
  assert.deepEqual(result.listeners, []);
  assert.equal(verdictOf(result, 'http').listener, undefined);
});

test('in Kubernetes a Gateway whose parameters vanished is not accepted, and its proxies keep their listeners', () => {
  const infrastructure = { parametersRef: reference('gone') };
  const result = translated({ listeners: [http], infrastructure }, { ...standalone, mode: 'kubernetes' });
  assert.equal(said(result.status.conditions)['Accepted'], 'False/InvalidParameters');
  assert.deepEqual(result.listeners.map(({ key }) => key), ['infra/web/80']);
  assert.equal(verdictOf(result, 'http').listener, 'infra/web/80');
});

test('in Kubernetes no listener has the port of the proxies themselves', () => {
  const taken = { ...http, name: 'taken', port: 19_001 };
  const result = translated({ listeners: [http, taken] }, { ...standalone, mode: 'kubernetes' });
  assert.equal(said(verdictOf(result, 'taken').conditions)['Accepted'], 'False/PortUnavailable');
  assert.deepEqual(result.listeners.map(({ port }) => port), [80]);
  const standing = translated({ listeners: [taken] });
  assert.equal(said(verdictOf(standing, 'taken').conditions)['Accepted'], 'True/Accepted');
});

test('a Gateway of a class that is not accepted is not either', () => {
  const { graph, inputs, results } = world();
  inputs.classes.set(
    gatewayClassOf('dragoman', { parametersRef: { group: 'example.com', kind: 'X', name: 'x' } }),
  );
  inputs.gateways.set(gatewayOf('web', { listeners: [http] }));
  graph.commit();
  const result = results.get('infra/web');
  assert.equal(said(result?.status.conditions)['Accepted'], 'False/InvalidParameters');
  assert.deepEqual(result?.listeners, []);
});

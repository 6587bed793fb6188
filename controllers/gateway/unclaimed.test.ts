import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unclaimedListenerSet } from '../listener-set/unclaimed.ts';
import { gatewayClassOf, gatewayOf, http, listenerSetOf, standalone, world } from './testing/world.ts';
import { unclaimedGateway } from './unclaimed.ts';

test('unclaimedGateway() tells of a class that is missing or not ours', async (t) => {
  const cases: readonly { mode: 'standalone' | 'kubernetes'; name: string; message?: RegExp }[] = [
    { mode: 'standalone', name: 'dragoman' },
    { mode: 'standalone', name: 'gone', message: /^GatewayClass\/gone does not exist/ },
    {
      mode: 'standalone',
      name: 'foreign',
      message: /^GatewayClass\/foreign is one of controller example\.com\/other/,
    },
    { mode: 'kubernetes', name: 'gone', message: /^GatewayClass\/gone does not exist/ },
    { mode: 'kubernetes', name: 'foreign' },
  ];
  for (const { mode, name, message } of cases) {
    await t.test(`${mode}: ${name}`, () => {
      const { graph, inputs } = world();
      const reads = { settings: { ...standalone, mode }, gatewayClasses: inputs.classes };
      const said = graph.map(
        'unclaimed',
        inputs.gateways,
        (gateway, fetch) => unclaimedGateway(gateway, fetch, reads),
      );
      inputs.classes.set(gatewayClassOf('foreign', { controllerName: 'example.com/other' }));
      inputs.gateways.set(gatewayOf('web', { gatewayClassName: name, listeners: [http] }));
      graph.commit();
      const [diagnostic] = said.get('Gateway/infra/web')?.diagnostics ?? [];
      if (message === undefined) assert.equal(diagnostic, undefined);
      else assert.match(diagnostic?.message ?? '', message);
    });
  }
});

test('unclaimedListenerSet() tells of a parent that is missing, and no more once it is there', () => {
  const { graph, inputs } = world();
  const { gateways } = inputs;
  const said = graph.map(
    'unclaimed',
    inputs.listenerSets,
    (set, fetch) => unclaimedListenerSet(set, fetch, { gateways }),
  );
  inputs.listenerSets.set(listenerSetOf('more', [http], { namespace: 'apps' }));
  graph.commit();
  const [diagnostic] = said.get('ListenerSet/apps/more')?.diagnostics ?? [];
  assert.equal(diagnostic?.message, 'Gateway/infra/web does not exist.');
  assert.equal(diagnostic?.field, 'spec.parentRef');
  gateways.set(gatewayOf('web', { listeners: [http] }));
  graph.commit();
  assert.equal(said.size, 0);
});

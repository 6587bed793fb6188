import assert from 'node:assert/strict';
import { test } from 'node:test';

import { defaultLegacySettings, isServed, legacySettingsOf } from './settings.ts';
import { only } from './testing/decoded.ts';

const named = (ids: string): string =>
  `apiVersion: getambassador.io/v2\nkind: TLSContext\nname: a\nambassador_id: ${ids}\n`;

test('a resource is for the ids that it names, and those of _automatic_ are for all', () => {
  const isFor = (ids: string, ambassadorId: string): boolean =>
    isServed(only('TLSContext', named(ids)), { ...defaultLegacySettings, ambassadorId });
  assert.equal(isFor('[]', 'default'), true);
  assert.equal(isFor('[]', 'a'), false);
  assert.equal(isFor('a', 'a'), true);
  assert.equal(isFor('[a, b]', 'b'), true);
  assert.equal(isFor('[a, b]', 'default'), false);
  assert.equal(isFor('_automatic_', 'c'), true);
  assert.equal(isFor('--apiVersion-v3alpha1-only--c', 'c'), true);
});

test('a single namespace keeps the resources of others out', () => {
  const object = only('TLSContext', named('default'));
  assert.equal(object.metadata.namespace, 'shop');
  const settings = { ...defaultLegacySettings, singleNamespace: true };
  assert.equal(isServed(object, settings), false);
  assert.equal(isServed(object, { ...settings, namespace: 'shop' }), true);
  assert.equal(isServed(object, { ...settings, singleNamespace: false }), true);
});

test('the environment says the settings as it always did', () => {
  assert.deepEqual(legacySettingsOf({}), defaultLegacySettings);
  assert.deepEqual(
    legacySettingsOf({ AMBASSADOR_ID: '', AMBASSADOR_SINGLE_NAMESPACE: '' }),
    defaultLegacySettings,
  );
  assert.deepEqual(
    legacySettingsOf({
      AMBASSADOR_ID: 'a',
      AMBASSADOR_NAMESPACE: 'b',
      AMBASSADOR_SINGLE_NAMESPACE: 'false',
      AMBASSADOR_ENVOY_BIND_ADDRESS: '::',
      AMBASSADOR_DISABLE_ENDPOINTS: '1',
      DISABLE_STRICT_LABEL_SELECTORS: 'True',
    }),
    {
      ambassadorId: 'a',
      namespace: 'b',
      singleNamespace: true,
      bindAddress: '::',
      disableEndpoints: true,
      strictLabelSelectors: false,
    },
  );
  assert.equal(legacySettingsOf({ DISABLE_STRICT_LABEL_SELECTORS: 'false' }).strictLabelSelectors, true);
});

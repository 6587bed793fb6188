import assert from 'node:assert/strict';
import { Command, CommanderError } from 'commander';
import { test } from 'node:test';

import { defaultLegacySettings } from '../api/legacy/mod.ts';
import {
  addLegacyOptions,
  legacyProxiesFor,
  legacyProxyOptions,
  legacySettingsFor,
} from './legacy-options.ts';

function parsed(...args: readonly string[]): ReturnType<Command['opts']> {
  const command = addLegacyOptions(new Command()).exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of legacyProxyOptions()) command.addOption(option);
  return command.parse(args, { from: 'user' }).opts();
}

test('options go before the environment, and that before the defaults', () => {
  assert.deepEqual(legacySettingsFor(parsed(), { environment: {} }), defaultLegacySettings);
  const environment = {
    AMBASSADOR_ID: 'a',
    AMBASSADOR_NAMESPACE: 'b',
    AMBASSADOR_SINGLE_NAMESPACE: 'yes',
    AMBASSADOR_ENVOY_BIND_ADDRESS: '127.0.0.2',
    AMBASSADOR_DISABLE_ENDPOINTS: 'yes',
    DISABLE_STRICT_LABEL_SELECTORS: 'true',
  };
  const said = {
    ambassadorId: 'a',
    namespace: 'b',
    singleNamespace: true,
    bindAddress: '127.0.0.2',
    disableEndpoints: true,
    strictLabelSelectors: false,
  };
  assert.deepEqual(legacySettingsFor(parsed(), { environment, namespace: 'own' }), said);
  const options = parsed(
    '--ambassador-id=c',
    '--ambassador-namespace=d',
    '--ambassador-bind-address=::1',
  );
  assert.deepEqual(legacySettingsFor(options, { environment }), {
    ...said,
    ambassadorId: 'c',
    namespace: 'd',
    bindAddress: '::1',
  });
  const switches = parsed(
    '--ambassador-single-namespace',
    '--ambassador-disable-endpoints',
    '--no-strict-label-selectors',
  );
  assert.deepEqual(legacySettingsFor(switches, { environment: {}, namespace: 'own' }), {
    ...defaultLegacySettings,
    namespace: 'own',
    singleNamespace: true,
    disableEndpoints: true,
    strictLabelSelectors: false,
  });
});

test('Listeners have a Gateway in the namespace of the controller, unless others serve them', () => {
  assert.deepEqual(legacyProxiesFor(parsed(), 'own'), {
    gateway: { namespace: 'own', name: 'legacy' },
    gatewayClassName: 'dragoman',
    servicePorts: [{ port: 80, target: 8080 }, { port: 443, target: 8443 }],
  });
  const options = parsed(
    '--legacy-gateway=infra/web',
    '--legacy-gateway-class=edge',
    '--legacy-service-ports=80:9000,6379',
  );
  assert.deepEqual(legacyProxiesFor(options, 'own'), {
    gateway: { namespace: 'infra', name: 'web' },
    gatewayClassName: 'edge',
    servicePorts: [{ port: 80, target: 9000 }, { port: 6379, target: 6379 }],
  });
  assert.deepEqual(legacyProxiesFor(parsed('--legacy-service-ports='), 'own')?.servicePorts, []);
  assert.equal(legacyProxiesFor(parsed('--no-legacy'), 'own'), undefined);
});

test('variables are those that are given, and none of the environment', () => {
  const options = parsed('--legacy-variable=A=x=y', '--legacy-variable', 'B=', '--legacy-variable=A=z');
  assert.deepEqual(legacySettingsFor(options, { environment: { C: 'c' } }).variables, { A: 'z', B: '' });
});

test('what is no Gateway or no port is told', () => {
  for (
    const wrong of [
      '--legacy-gateway=web',
      '--legacy-service-ports=80:x',
      '--ambassador-bind-address=a',
      '--legacy-variable=A',
      '--legacy-variable=A-B=c',
    ]
  ) {
    assert.throws(() => parsed(wrong), CommanderError, wrong);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type GatewayClass, gatewayClassStatusSchema } from '../../lib/api/gateway-class.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import { SUPPORTED_FEATURES } from './features.ts';
import { gatewayClassStatus, translateGatewayClass } from './translate.ts';

function gatewayClass(spec: Partial<GatewayClass['spec']> = {}): GatewayClass {
  return {
    key: 'dragoman',
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'dragoman', generation: 3 },
    spec: { controllerName: CONTROLLER_NAME, ...spec },
  };
}

const parametersRef = { group: 'example.com', kind: 'Parameters', name: 'x' };

/** `type=status/reason@observedGeneration` of each condition. */
function conditionsOf(value: GatewayClass): readonly string[] {
  const { conditions } = gatewayClassStatus(value)?.status as {
    conditions: readonly Record<string, string>[];
  };
  return conditions.map(({ type, status, reason, observedGeneration }) =>
    `${type}=${status}/${reason}@${observedGeneration}`
  );
}

test('a GatewayClass of another controller is none of ours', () => {
  const other = gatewayClass({ controllerName: 'example.com/other' });
  assert.equal(translateGatewayClass(other), undefined);
  assert.equal(gatewayClassStatus(other), undefined);
});

test('a GatewayClass of ours is accepted, with features in order', () => {
  assert.deepEqual(translateGatewayClass(gatewayClass()), { key: 'dragoman' });
  assert.deepEqual(conditionsOf(gatewayClass()), [
    'Accepted=True/Accepted@3',
    'SupportedVersion=True/SupportedVersion@3',
  ]);
  const status = gatewayClassStatus(gatewayClass())?.status as {
    supportedFeatures: readonly { name: string }[];
  };
  const names = status.supportedFeatures.map(({ name }) => name);
  assert.deepEqual(names, [...names].sort());
  assert.ok(names.includes('Gateway') && names.includes('HTTPRoute'));
});

test('a GatewayClass with parameters is not accepted', () => {
  assert.match(
    translateGatewayClass(gatewayClass({ parametersRef }))?.refusal ?? '',
    /Parameters of group example\.com/,
  );
  assert.equal(conditionsOf(gatewayClass({ parametersRef }))[0], 'Accepted=False/InvalidParameters@3');
});

test('the status fits the API', () => {
  assert.equal(new Set(SUPPORTED_FEATURES).size, SUPPORTED_FEATURES.length);
  const { conditions, supportedFeatures } = gatewayClassStatus(gatewayClass())?.status as {
    conditions: readonly object[];
    supportedFeatures: readonly object[];
  };
  const written = conditions.map((condition) => ({
    ...condition,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  assert.doesNotThrow(() => gatewayClassStatusSchema.parse({ conditions: written, supportedFeatures }));
});

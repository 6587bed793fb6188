import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  type GatewayClass,
  type GatewayClassStatus,
  gatewayClassStatusSchema,
} from '../../lib/api/gateway-class.ts';
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

function statusOf(value: GatewayClass): GatewayClassStatus {
  const result = gatewayClassStatus(value);
  assert.ok(result);
  return result.status as GatewayClassStatus;
}

/** `type=status/reason@observedGeneration` of each condition. */
function conditionsOf(value: GatewayClass): readonly string[] {
  return (statusOf(value).conditions ?? []).map(({ type, status, reason, observedGeneration }) =>
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
  const names = (statusOf(gatewayClass()).supportedFeatures ?? []).map(({ name }) => name);
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
  const { conditions = [], supportedFeatures } = statusOf(gatewayClass());
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const written = conditions.map((condition) => Object.assign({ lastTransitionTime }, condition));
  assert.doesNotThrow(() => gatewayClassStatusSchema.parse({ conditions: written, supportedFeatures }));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PolicyStatus } from '../../lib/api/mod.ts';
import { translate } from '../testing/golden.ts';

const GATEWAY = '# with: gateway, services\n';

function policy(name: string, targets: string, rest = 'retryConstraint: {}'): string {
  return `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: { name: ${name} }
spec: { targetRefs: [${targets}], ${rest} }
`;
}

function route(...names: readonly string[]): string {
  const refs = names.map((name) => `{ name: ${name}, port: 80 }`).join(', ');
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: route }
spec: { parentRefs: [{ name: gateway }], rules: [{ backendRefs: [${refs}] }] }
`;
}

function service(name: string): string {
  return `{ group: '', kind: Service, name: ${name} }`;
}

/** `Accepted` of a policy for each Gateway, and its diagnostics. */
function standingOf(name: string, yaml: string): { accepted: readonly unknown[]; codes: readonly string[] } {
  const { statuses, diagnostics } = translate(GATEWAY + yaml);
  const key = `XBackendTrafficPolicy/default/${name}`;
  const { ancestors } = (statuses.get(key)?.status ?? { ancestors: [] }) as PolicyStatus;
  return {
    accepted: ancestors.map(({ ancestorRef, conditions }) => [
      ancestorRef.name,
      ...conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ]),
    codes: diagnostics.get(key)?.diagnostics.map(({ severity, code }) => `${severity} ${code}`) ?? [],
  };
}

test('trafficPolicyStatus() tells of the Gateways whose routes use a target', () => {
  assert.deepEqual(standingOf('p', policy('p', service('a')) + route('a')), {
    accepted: [['gateway', 'Accepted True Accepted']],
    codes: [],
  });
  assert.deepEqual(standingOf('p', policy('p', service('a')) + route('b')), { accepted: [], codes: [] });
});

test('trafficPolicyStatus() tells the loser of two policies for a target', () => {
  const both = policy('a', service('a')) + policy('b', `${service('b')}, ${service('a')}`) + route('a');
  assert.deepEqual(standingOf('a', both).accepted, [['gateway', 'Accepted True Accepted']]);
  assert.deepEqual(standingOf('b', both), {
    accepted: [['gateway', 'Accepted False Conflicted']],
    codes: ['error Conflicted'],
  });
});

test('trafficPolicyStatus() tells of targets that are not there, or none', () => {
  const gone = policy('p', `${service('a')}, ${service('gone')}`) + route('a');
  assert.deepEqual(standingOf('p', gone), {
    accepted: [['gateway', 'Accepted False TargetNotFound']],
    codes: ['error TargetNotFound'],
  });
  const other = policy('p', '{ group: example.com, kind: Service, name: a }') + route('a');
  assert.deepEqual(standingOf('p', other), { accepted: [], codes: ['error TargetNotFound'] });
});

test('trafficPolicyDiagnostics() warns of sessions at hostnames, which have no endpoints', () => {
  const target = '{ group: gateway.networking.x-k8s.io, kind: XBackend, name: x }';
  const backend = `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: { name: x }
spec: { type: ExternalHostname, externalHostname: { hostname: x.example.com }, port: { number: 80 } }
`;
  const sessions = 'sessionPersistence: { cookie: {} }';
  assert.deepEqual(standingOf('p', policy('p', target, sessions) + backend).codes, [
    'warning UnsupportedValue',
  ]);
  assert.deepEqual(standingOf('p', policy('p', target) + backend).codes, []);
});

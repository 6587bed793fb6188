import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GatewayParameters } from '../../lib/api/gateway-parameters.ts';
import {
  type GatewayClass,
  type GatewayClassStatus,
  gatewayClassStatusSchema,
} from '../../lib/api/gateway-class.ts';
import { createGraph, type Input } from '../../lib/graph/mod.ts';
import { gatewayClassOf, parametersOf, standalone } from '../gateway/testing/world.ts';
import type { InstalledDefinition } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { gatewayClassStatus, type OurGatewayClass, translateGatewayClass } from './translate.ts';

const parametersRef = {
  group: 'dragoman.dev',
  kind: 'GatewayParameters',
  namespace: 'infra',
  name: 'shared',
};

interface Outcome {
  /** What the class is for Gateways. */
  readonly ours: () => OurGatewayClass | undefined;
  readonly status: () => GatewayClassStatus | undefined;
  /** `type=status/reason@observedGeneration` of each condition. */
  readonly conditions: () => readonly string[];
  readonly parameters: Input<GatewayParameters>;
  readonly installed: Input<InstalledDefinition>;
  readonly commit: () => void;
}

function outcomeOf(spec: Partial<GatewayClass['spec']>, settings: Settings = standalone): Outcome {
  const graph = createGraph();
  const inputs = graph.input<GatewayClass>('GatewayClass');
  const parameters = graph.input<GatewayParameters>('GatewayParameters');
  const installed = graph.input<InstalledDefinition>('installed');
  const classes = graph.map(
    'classes',
    inputs,
    (value, fetch) => translateGatewayClass(value, fetch, { parameters }),
  );
  const statuses = graph.map(
    'statuses',
    inputs,
    (value, fetch) => gatewayClassStatus(value, fetch, { settings, classes, installed }),
  );
  inputs.set({ ...gatewayClassOf('dragoman', spec), metadata: { name: 'dragoman', generation: 3 } });
  graph.commit();
  const status = (): GatewayClassStatus | undefined =>
    statuses.get('GatewayClass/dragoman')?.status as GatewayClassStatus | undefined;
  return {
    ours: () => classes.get('dragoman'),
    status,
    conditions: () =>
      (status()?.conditions ?? []).map(({ type, status, reason, observedGeneration }) =>
        `${type}=${status}/${reason}@${observedGeneration}`
      ),
    parameters,
    installed,
    commit: () => void graph.commit(),
  };
}

test('a GatewayClass of another controller is none of ours', () => {
  const { ours, status } = outcomeOf({ controllerName: 'example.com/other' });
  assert.equal(ours(), undefined);
  assert.equal(status(), undefined);
});

test('a GatewayClass of ours is accepted, with features in order', () => {
  const { ours, status, conditions } = outcomeOf({});
  assert.deepEqual(ours(), { key: 'dragoman' });
  assert.deepEqual(conditions(), ['Accepted=True/Accepted@3', 'SupportedVersion=True/SupportedVersion@3']);
  const names = (status()?.supportedFeatures ?? []).map(({ name }) => name);
  assert.deepEqual(names, [...names].sort());
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('Gateway') && names.includes('HTTPRoute'));
});

test('infrastructure is a feature of Kubernetes mode only', () => {
  const has = (settings: Settings): boolean => {
    const { status, installed, commit } = outcomeOf({}, settings);
    installed.set({ key: 'Gateway' });
    commit();
    return status()?.supportedFeatures?.some(({ name }) => name === 'GatewayInfrastructure') ?? false;
  };
  assert.equal(has(standalone), false);
  assert.equal(has({ ...standalone, mode: 'kubernetes' }), true);
});

test('a GatewayClass is accepted with parameters that exist, and follows them', () => {
  const { ours, conditions, parameters, commit } = outcomeOf({ parametersRef });
  assert.equal(conditions()[0], 'Accepted=False/InvalidParameters@3');
  assert.equal(
    ours()?.refusal,
    'spec.parametersRef: GatewayParameters/infra/shared does not exist.',
  );
  parameters.set(parametersOf('shared', {}));
  commit();
  assert.equal(conditions()[0], 'Accepted=True/Accepted@3');
  assert.deepEqual(ours(), { key: 'dragoman', parameters: 'infra/shared' });
  parameters.delete('infra/shared');
  commit();
  assert.equal(conditions()[0], 'Accepted=False/InvalidParameters@3');
});

test('a GatewayClass with parameters of another kind, or without a namespace, is not accepted', () => {
  const { namespace: _, ...local } = parametersRef;
  const cases: readonly (readonly [GatewayClass['spec']['parametersRef'], RegExp])[] = [
    [{ group: 'example.com', kind: 'Parameters', name: 'x' }, /Parameters of group example\.com is not/],
    [{ group: '', kind: 'ConfigMap', name: 'x', namespace: 'infra' }, /ConfigMap of group core is not/],
    [{ ...parametersRef, group: 'example.com' }, /GatewayParameters of group example\.com is not/],
    [local, /has no namespace/],
  ];
  for (const [reference, message] of cases) {
    const { ours, conditions } = outcomeOf({ parametersRef: reference });
    assert.match(ours()?.refusal ?? '', message);
    assert.equal(conditions()[0], 'Accepted=False/InvalidParameters@3');
  }
});

test('the status fits the API', () => {
  const { conditions = [], supportedFeatures } = outcomeOf({}).status() ?? {};
  assert.equal(conditions.length, 2);
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const written = conditions.map((condition) => Object.assign({ lastTransitionTime }, condition));
  assert.doesNotThrow(() => gatewayClassStatusSchema.parse({ conditions: written, supportedFeatures }));
});

test('in Kubernetes, features are those of the installed kinds', () => {
  const { status, installed, commit } = outcomeOf({}, { ...standalone, mode: 'kubernetes' });
  const claims = (feature: string): boolean =>
    status()?.supportedFeatures?.some(({ name }) => name === feature) ?? false;
  assert.ok(!claims('Gateway') && !claims('HTTPRoute') && !claims('ListenerSet'));
  installed.set({ key: 'HTTPRoute', bundleVersion: 'v1.7.0' });
  commit();
  assert.ok(claims('HTTPRouteCORS') && !claims('ListenerSet'));
  installed.set({ key: 'HTTPRoute', bundleVersion: 'v1.2.0' });
  commit();
  assert.ok(!claims('HTTPRouteCORS'));
});

test('ClusterTrustBundles are claimed where the cluster serves them, on the experimental channel', () => {
  const { status, installed, commit, conditions } = outcomeOf({}, { ...standalone, mode: 'kubernetes' });
  const claims = (channel: string, served: boolean): boolean => {
    installed.set({ key: 'Gateway', bundleVersion: 'v1.7.0', channel });
    if (served) installed.set({ key: 'ClusterTrustBundle' });
    else installed.delete('ClusterTrustBundle');
    commit();
    assert.equal(conditions()[1], 'SupportedVersion=True/SupportedVersion@3');
    return status()?.supportedFeatures?.some(({ name }) => name === 'ClusterTrustBundle') ?? false;
  };
  assert.ok(claims('experimental', true));
  assert.ok(!claims('experimental', false));
  assert.ok(!claims('standard', true));
});

test('in Kubernetes, features are those whose fields the channel of the release has, by the names that it gives them', () => {
  const { status, installed, commit } = outcomeOf({}, { ...standalone, mode: 'kubernetes' });
  const retries = (channel: string, bundleVersion: string): readonly string[] => {
    installed.set({ key: 'HTTPRoute', channel, bundleVersion });
    commit();
    const names = status()?.supportedFeatures?.map(({ name }) => name) ?? [];
    return names.filter((name) => name.startsWith('HTTPRouteRetry'));
  };
  assert.deepEqual(retries('standard', 'v1.6.3'), []);
  assert.deepEqual(retries('experimental', 'v1.6.3'), [
    'HTTPRouteRetry',
    'HTTPRouteRetryBackendTimeout',
    'HTTPRouteRetryConnectionError',
  ]);
  for (const channel of ['standard', 'experimental']) {
    assert.deepEqual(retries(channel, 'v1.7.0'), ['HTTPRouteRetryCodes', 'HTTPRouteRetryConnectionError']);
  }
});

test('definitions of another version, or of none, are told', () => {
  const { conditions, status, installed, commit } = outcomeOf({}, { ...standalone, mode: 'kubernetes' });
  installed.set({ key: 'HTTPRoute' });
  commit();
  assert.equal(conditions()[1], 'SupportedVersion=Unknown/Unknown@3');
  installed.set({ key: 'Gateway', bundleVersion: 'v1.7.3' });
  commit();
  assert.equal(conditions()[1], 'SupportedVersion=True/SupportedVersion@3');
  installed.set({ key: 'HTTPRoute', bundleVersion: 'v1.2.0' });
  commit();
  assert.equal(conditions()[1], 'SupportedVersion=False/UnsupportedVersion@3');
  assert.match(status()?.conditions?.[1]?.message ?? '', /v1\.2\.0 is installed \(HTTPRoute\)/);
  installed.set({ key: 'GatewayParameters', bundleVersion: 'v0' });
  installed.delete('HTTPRoute');
  commit();
  assert.equal(conditions()[1], 'SupportedVersion=True/SupportedVersion@3');
});

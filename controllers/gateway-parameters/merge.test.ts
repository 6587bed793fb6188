import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mergedParameters } from './merge.ts';

test('fields of the Gateway are put over those of the class, at every depth', () => {
  const merged = mergedParameters(
    {
      replicas: 2,
      logLevel: 'info',
      drain: { min: '5s', max: '1m' },
      service: { type: 'ClusterIP', annotations: { a: 'class', b: 'class' } },
      resources: { requests: { cpu: '1', memory: '1Gi' } },
    },
    {
      replicas: 0,
      drain: { max: '2m' },
      service: { annotations: { b: 'gateway' } },
      resources: { requests: { cpu: 2 }, limits: { cpu: 4 } },
    },
  );
  assert.deepEqual(merged, {
    replicas: 0,
    logLevel: 'info',
    drain: { min: '5s', max: '2m' },
    service: { type: 'ClusterIP', annotations: { a: 'class', b: 'gateway' } },
    resources: { requests: { cpu: 2, memory: '1Gi' }, limits: { cpu: 4 } },
  });
});

test('lists, affinity and disruption budgets are taken as a whole', () => {
  const merged = mergedParameters(
    {
      tolerations: [{ key: 'a' }],
      affinity: { nodeAffinity: {} },
      podDisruptionBudget: { minAvailable: 1 },
    },
    { tolerations: [], affinity: { podAffinity: {} }, podDisruptionBudget: { maxUnavailable: 1 } },
  );
  assert.deepEqual(merged, {
    tolerations: [],
    affinity: { podAffinity: {} },
    podDisruptionBudget: { maxUnavailable: 1 },
  });
});

test('what the Gateway does not say is no answer', () => {
  assert.deepEqual(mergedParameters({ replicas: 2 }, { replicas: undefined }), { replicas: 2 });
  assert.deepEqual(mergedParameters({}, {}), {});
});

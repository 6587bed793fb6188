import type { ResourceType } from './resource.ts';

const core = { group: '', namespaced: true, versions: ['v1'] } as const;

/** Kinds of the objects that are made for Gateways and XBackends. */
export const infrastructureTypes: readonly ResourceType[] = [
  { ...core, kind: 'ServiceAccount', plural: 'serviceaccounts' },
  { ...core, kind: 'ConfigMap', plural: 'configmaps' },
  { ...core, kind: 'Service', plural: 'services' },
  { ...core, group: 'apps', kind: 'Deployment', plural: 'deployments' },
  { ...core, group: 'policy', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' },
  {
    ...core,
    group: 'autoscaling',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    versions: ['v2'],
  },
];

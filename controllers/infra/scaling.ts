import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import { type Manifest, metadataOf, selectorOf } from './manifest.ts';
import { infraName } from './names.ts';

/** Percent of the requested CPU, where nothing says by what to scale. */
const TARGET_CPU = 80;

/** Undefined unless the parameters ask for one. */
export function horizontalPodAutoscaler(
  gateway: Gateway,
  { horizontalPodAutoscaler: scaler }: GatewayParametersSpec,
): Manifest | undefined {
  if (scaler === undefined) return undefined;
  const { minReplicas = 1, maxReplicas, targetMemoryUtilization: memory } = scaler;
  const cpu = scaler.targetCPUUtilization ?? (memory === undefined ? TARGET_CPU : undefined);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(gateway),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: infraName(gateway) },
      // The minimum may be the class's, and the maximum the Gateway's.
      minReplicas: Math.min(minReplicas, maxReplicas),
      maxReplicas,
      metrics: [...utilization('cpu', cpu), ...utilization('memory', memory)],
    },
  };
}

function utilization(name: string, averageUtilization: number | undefined): readonly object[] {
  if (averageUtilization === undefined) return [];
  return [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }];
}

/** Undefined where there is one proxy, which nothing could spare. */
export function podDisruptionBudget(
  gateway: Gateway,
  { replicas = 1, horizontalPodAutoscaler: scaler, podDisruptionBudget: budget }: GatewayParametersSpec,
): Manifest | undefined {
  if (budget === undefined && (scaler?.maxReplicas ?? replicas) < 2) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(gateway),
    spec: {
      ...(budget ?? { maxUnavailable: 1 }),
      selector: { matchLabels: selectorOf(gateway) },
      // A proxy that never got ready keeps no node from being drained.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

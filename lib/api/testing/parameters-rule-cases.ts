import type { RuleCase } from './rule-case.ts';

const kind = 'GatewayParameters';

/** A spec that has all fields. */
const complete = {
  replicas: 2,
  horizontalPodAutoscaler: {
    minReplicas: 2,
    maxReplicas: 4,
    targetCPUUtilization: 70,
    targetMemoryUtilization: 80,
  },
  podDisruptionBudget: { maxUnavailable: '25%' },
  image: 'registry.example.com/envoy:v1',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [{ name: 'registry' }],
  resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } },
  concurrency: 2,
  maxConnections: 10_000,
  logLevel: 'info',
  http3: true,
  proxyProtocol: 'Required',
  udpIdleTimeout: '30s',
  drain: { min: '5s', max: '1m30s' },
  service: {
    type: 'LoadBalancer',
    labels: { a: 'b' },
    annotations: { 'example.com/a': 'b' },
    externalTrafficPolicy: 'Local',
    loadBalancerClass: 'example.com/internal',
    loadBalancerSourceRanges: ['192.0.2.0/24', '2001:db8::/32'],
  },
  podLabels: { a: 'b' },
  podAnnotations: { a: 'b' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{
    key: 'a',
    operator: 'Equal',
    value: 'b',
    effect: 'NoExecute',
    tolerationSeconds: 30,
  }],
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
  priorityClassName: 'a',
};

export const parametersRuleCases: readonly RuleCase[] = [
  {
    rule: 'e92efc87',
    kind,
    good: complete,
    bad: { podLabels: { 'a//b': 'c' } },
    at: 'podLabels["a//b"]',
  },
  {
    rule: 'ff8335a8',
    kind,
    good: { drain: { max: '60m' } },
    bad: { drain: { max: '61m' } },
    at: 'drain.max',
  },
  {
    rule: 'c348a692',
    kind,
    good: { udpIdleTimeout: '24h' },
    bad: { udpIdleTimeout: '999ms' },
    at: 'udpIdleTimeout',
  },
  {
    rule: 'a7d526e2',
    kind,
    good: { drain: { min: '1000ms', max: '1s' } },
    bad: { drain: { min: '1m', max: '59s' } },
    at: 'drain.min',
  },
  {
    rule: 'b71df9b9',
    kind,
    good: { horizontalPodAutoscaler: { maxReplicas: 1 } },
    bad: { horizontalPodAutoscaler: { minReplicas: 3, maxReplicas: 2 } },
    at: 'horizontalPodAutoscaler.minReplicas',
  },
  {
    rule: 'f7b6d653',
    kind,
    good: { podDisruptionBudget: { minAvailable: 1 } },
    bad: { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } },
    at: 'podDisruptionBudget',
  },
  {
    rule: 'f7b6d653',
    kind,
    good: { podDisruptionBudget: { maxUnavailable: 0 } },
    bad: { podDisruptionBudget: {} },
    at: 'podDisruptionBudget',
  },
];

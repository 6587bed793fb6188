import { z } from 'zod';

import { type Duration, durationMs, durationSchema } from './duration.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { annotationValueSchema, isQualifiedName, labelValueSchema, objectNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { type Opaque, opaqueSchema } from './opaque.ts';
import { type Quantity, quantitySchema } from './quantity.ts';
import { maxProperties, rule, uniqueBy, uniqueItems } from './rule.ts';
import { text } from './text.ts';

/**
 * How the proxies of Gateways are run in Kubernetes: what `spec.parametersRef` of a GatewayClass and
 * `spec.infrastructure.parametersRef` of a Gateway refer to. A kind of our own, group `dragoman.dev`.
 *
 * No field has a default here, since those of a Gateway are put over those of its class; `controllers/infra` has the values
 * for what neither says.
 */
export interface GatewayParameters extends KubeObject {
  readonly kind: 'GatewayParameters';
  readonly spec: GatewayParametersSpec;
}

export interface GatewayParametersSpec {
  /** Proxies that run at a time; not read where there is a `horizontalPodAutoscaler`. */
  readonly replicas?: number | undefined;
  readonly horizontalPodAutoscaler?: ProxyAutoscaler | undefined;
  readonly podDisruptionBudget?: ProxyDisruptionBudget | undefined;
  /** The Envoy image. */
  readonly image?: string | undefined;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  readonly imagePullSecrets?: readonly SecretName[] | undefined;
  readonly resources?: ProxyResources | undefined;
  /** Worker threads of a proxy. */
  readonly concurrency?: number | undefined;
  /** Client connections beyond this are refused by each proxy. */
  readonly maxConnections?: number | undefined;
  readonly logLevel?: ProxyLogLevel | undefined;
  /** HTTPS listeners speak HTTP/3, too. Read in standalone mode as well. */
  readonly http3?: boolean | undefined;
  /** Whether connections begin with the PROXY protocol. Read in standalone mode as well. */
  readonly proxyProtocol?: 'None' | 'Required' | 'Optional' | undefined;
  /** A client of UDP is forgotten after so long without a datagram either way. Read in standalone mode as well. */
  readonly udpIdleTimeout?: Duration | undefined;
  readonly drain?: ProxyDrain | undefined;
  readonly service?: ProxyService | undefined;
  readonly podLabels?: Readonly<Record<string, string>> | undefined;
  readonly podAnnotations?: Readonly<Record<string, string>> | undefined;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
  /** As Kubernetes has it in a Pod. */
  readonly affinity?: Opaque | undefined;
  /** As Kubernetes has them in a Pod; one without `labelSelector` is about the Pods of the Gateway. */
  readonly topologySpreadConstraints?: readonly Opaque[] | undefined;
  readonly priorityClassName?: string | undefined;
}

/** Scales the proxies by the load that they have. */
export interface ProxyAutoscaler {
  readonly minReplicas?: number | undefined;
  readonly maxReplicas: number;
  /** Percent of the requested CPU, on average. */
  readonly targetCPUUtilization?: number | undefined;
  /** Percent of the requested memory, on average. */
  readonly targetMemoryUtilization?: number | undefined;
}

/** Exactly one of the two: a number of Pods, or a percentage such as `50%`. */
export interface ProxyDisruptionBudget {
  readonly minAvailable?: number | string | undefined;
  readonly maxUnavailable?: number | string | undefined;
}

export interface SecretName {
  readonly name: string;
}

export interface ProxyResources {
  readonly requests?: Readonly<Record<string, Quantity>> | undefined;
  readonly limits?: Readonly<Record<string, Quantity>> | undefined;
}

export type ProxyLogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off';

/** How long a proxy that is to end goes on serving. */
export interface ProxyDrain {
  /** At least so long, until nobody sends it new connections. */
  readonly min?: Duration | undefined;
  /** At most so long, while requests are in flight. */
  readonly max?: Duration | undefined;
}

/** The Service of the Gateway. */
export interface ProxyService {
  readonly type?: 'LoadBalancer' | 'ClusterIP' | 'NodePort' | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Not read for type `ClusterIP`. */
  readonly externalTrafficPolicy?: 'Cluster' | 'Local' | undefined;
  /** Only for type `LoadBalancer`. */
  readonly loadBalancerClass?: string | undefined;
  /** CIDR blocks of clients; only for type `LoadBalancer`. */
  readonly loadBalancerSourceRanges?: readonly string[] | undefined;
}

export interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: 'Exists' | 'Equal' | 'Lt' | 'Gt' | undefined;
  readonly value?: string | undefined;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined;
  readonly tolerationSeconds?: number | undefined;
}

const keyRule = rule<Record<string, string>>(
  'e92efc87',
  (map) => Object.keys(map).every(isQualifiedName),
  {
    message: "keys are up to 63 letters, digits, '-', '_' and '.', after an optional DNS name and '/'",
    path: (map) => Object.keys(map).filter((key) => !isQualifiedName(key)).slice(0, 1),
  },
);

const labelsSchema = z.record(z.string(), labelValueSchema).check(maxProperties(16), keyRule);
const annotationsSchema = z.record(z.string(), annotationValueSchema).check(maxProperties(16), keyRule);
const quantitiesSchema = z.record(z.string(), quantitySchema).check(maxProperties(16));

const budgetSchema = z.union([
  z.int32().min(0).max(10_000),
  text({ max: 4 }).regex(/^(100|[1-9]?[0-9])%$/, 'a percentage, such as 50%'),
]);

const drainTimeSchema = durationSchema.check(
  rule<string>('ff8335a8', (duration) => durationMs(duration) <= 3_600_000, { message: 'is more than 1h' }),
);

const udpIdleTimeoutSchema = durationSchema.check(
  rule<string>(
    'c348a692',
    (duration) => durationMs(duration) >= 1_000 && durationMs(duration) <= 86_400_000,
    { message: 'is not from 1s to 24h' },
  ),
);

const autoscalerSchema = z.object({
  minReplicas: z.int32().min(1).max(10_000).optional(),
  maxReplicas: z.int32().min(1).max(10_000),
  targetCPUUtilization: z.int32().min(1).max(1_000).optional(),
  targetMemoryUtilization: z.int32().min(1).max(1_000).optional(),
}).check(
  rule<ProxyAutoscaler>(
    'b71df9b9',
    ({ minReplicas = 1, maxReplicas }) => minReplicas <= maxReplicas,
    { message: 'is more than maxReplicas', path: ['minReplicas'] },
  ),
);

const disruptionBudgetSchema = z.object({
  minAvailable: budgetSchema.optional(),
  maxUnavailable: budgetSchema.optional(),
}).check(
  rule<ProxyDisruptionBudget>(
    'f7b6d653',
    ({ minAvailable, maxUnavailable }) => (minAvailable === undefined) !== (maxUnavailable === undefined),
    { message: 'needs either minAvailable or maxUnavailable' },
  ),
);

const drainSchema = z.object({ min: drainTimeSchema.optional(), max: drainTimeSchema.optional() }).check(
  rule<ProxyDrain>(
    'a7d526e2',
    ({ min, max }) => min === undefined || max === undefined || durationMs(min) <= durationMs(max),
    { message: 'is more than max', path: ['min'] },
  ),
);

const serviceSchema = z.object({
  type: z.enum(['LoadBalancer', 'ClusterIP', 'NodePort']).optional(),
  labels: labelsSchema.optional(),
  annotations: annotationsSchema.optional(),
  externalTrafficPolicy: z.enum(['Cluster', 'Local']).optional(),
  loadBalancerClass: text({ min: 1, max: 253 }).optional(),
  loadBalancerSourceRanges: z.array(
    text({ max: 64 }).regex(/^[0-9a-fA-F:.]+\/[0-9]{1,3}$/, 'a CIDR block, such as 192.0.2.0/24'),
  ).max(64).check(uniqueItems<string>()).optional(),
});

const tolerationSchema = z.object({
  key: text({ max: 317 }).optional(),
  operator: z.enum(['Exists', 'Equal', 'Lt', 'Gt']).optional(),
  value: text({ max: 63 }).optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
});

export const gatewayParametersSchema: z.ZodType<Manifest<GatewayParameters>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('GatewayParameters'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    replicas: z.int32().min(0).max(10_000).optional(),
    horizontalPodAutoscaler: autoscalerSchema.optional(),
    podDisruptionBudget: disruptionBudgetSchema.optional(),
    image: text({ min: 1, max: 1024 }).optional(),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    imagePullSecrets: z.array(z.object({ name: objectNameSchema })).max(16)
      .check(uniqueBy<SecretName>({ keys: ['name'], what: 'secret' })).optional(),
    resources: z.object({ requests: quantitiesSchema.optional(), limits: quantitiesSchema.optional() })
      .optional(),
    concurrency: z.int32().min(1).max(1024).optional(),
    maxConnections: z.int32().min(1).max(100_000_000).optional(),
    logLevel: z.enum(['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']).optional(),
    http3: z.boolean().optional(),
    udpIdleTimeout: udpIdleTimeoutSchema.optional(),
    proxyProtocol: z.enum(['None', 'Required', 'Optional']).optional(),
    drain: drainSchema.optional(),
    service: serviceSchema.optional(),
    podLabels: labelsSchema.optional(),
    podAnnotations: annotationsSchema.optional(),
    nodeSelector: labelsSchema.optional(),
    tolerations: z.array(tolerationSchema).max(64).optional(),
    affinity: opaqueSchema.optional(),
    topologySpreadConstraints: z.array(opaqueSchema).max(16).optional(),
    priorityClassName: text({ min: 1, max: 253 }).optional(),
  }),
});

import { z } from 'zod';

import { type Condition, conditionsSchema } from './condition.ts';
import { addressListRules, addressRules, addressTypeSchema, routabilitySchema } from './gateway-address.ts';
import { type LabelSelector, labelSelectorSchema } from './label-selector.ts';
import {
  type Listener,
  listenerListRules,
  listenerSchema,
  type ListenerStatus,
  listenerStatusesSchema,
} from './listener.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import {
  infrastructureAnnotationsSchema,
  infrastructureLabelsSchema,
  objectNameSchema,
  portNumberSchema,
} from './names.ts';
import {
  type LocalObjectReference,
  localObjectReferenceSchema,
  type ObjectReference,
  objectReferenceSchema,
  type SecretObjectReference,
  secretObjectReferenceSchema,
} from './object-reference.ts';
import type { KubeObject } from './object.ts';
import type { GatewayDefaultScope } from './parent-reference.ts';
import { itemRule, uniqueBy } from './rule.ts';
import { text } from './text.ts';

export interface Gateway extends KubeObject {
  readonly kind: 'Gateway';
  readonly spec: GatewaySpec;
}

export interface GatewaySpec {
  readonly gatewayClassName: string;
  /** 1 to 64, with unique names. */
  readonly listeners: readonly Listener[];
  readonly addresses?: readonly GatewaySpecAddress[] | undefined;
  readonly infrastructure?: GatewayInfrastructure | undefined;
  /** Absent: no ListenerSet may attach. */
  readonly allowedListeners?: AllowedListeners | undefined;
  readonly tls?: GatewayTLSConfig | undefined;
  readonly defaultScope?: GatewayDefaultScope | undefined;
}

export interface GatewaySpecAddress {
  /** `IPAddress`, `Hostname`, `NamedAddress`, or a name with a domain of its own. */
  readonly type: string;
  /** Absent or empty: one of this type is to be assigned. */
  readonly value?: string | undefined;
  readonly routability?: string | undefined;
}

export interface GatewayStatusAddress {
  readonly type: string;
  readonly value: string;
  readonly routability?: string | undefined;
}

/** What is put on, or configures, the objects made for the Gateway. */
export interface GatewayInfrastructure {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly parametersRef?: LocalParametersReference | undefined;
}

export interface LocalParametersReference extends LocalObjectReference {}

/** Which ListenerSets may attach. */
export interface AllowedListeners {
  readonly namespaces: ListenerNamespaces;
}

export interface ListenerNamespaces {
  /** `None` by default. */
  readonly from: 'All' | 'Selector' | 'Same' | 'None';
  /** Read if `from` is `Selector`. */
  readonly selector?: LabelSelector | undefined;
}

export interface GatewayTLSConfig {
  /** The Gateway as a client of its backends. */
  readonly backend?: GatewayBackendTLS | undefined;
  /** What the Gateway demands of its clients. */
  readonly frontend?: FrontendTLSConfig | undefined;
}

export interface GatewayBackendTLS {
  readonly clientCertificateRef?: SecretObjectReference | undefined;
}

export interface FrontendTLSConfig {
  readonly default: TLSConfig;
  /** Overrides `default` for the HTTPS listeners of a port; ports are unique. */
  readonly perPort?: readonly TLSPortConfig[] | undefined;
}

export interface TLSPortConfig {
  readonly port: number;
  readonly tls: TLSConfig;
}

export interface TLSConfig {
  /** Absent: client certificates are not asked for. */
  readonly validation?: FrontendTLSValidation | undefined;
}

export interface FrontendTLSValidation {
  readonly caCertificateRefs: readonly ObjectReference[];
  /** `AllowInsecureFallback` also lets clients without a valid certificate in. */
  readonly mode: 'AllowValidOnly' | 'AllowInsecureFallback';
}

export interface GatewayStatus {
  readonly addresses?: readonly GatewayStatusAddress[] | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly listeners?: readonly ListenerStatus[] | undefined;
  readonly attachedListenerSets?: number | undefined;
}

const clientValidationSchema = z.object({
  caCertificateRefs: z.array(objectReferenceSchema).min(1).max(16).check(
    itemRule<ObjectReference>(
      '3c326992',
      ({ group, kind, namespace }) =>
        group !== 'certificates.k8s.io' || kind !== 'ClusterTrustBundle' || namespace === undefined,
      { message: 'must be absent for a ClusterTrustBundle, which has no namespace', path: ['namespace'] },
    ),
  ),
  mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).default('AllowValidOnly'),
});

const tlsConfigSchema = z.object({ validation: clientValidationSchema.optional() });

const tlsSchema = z.object({
  backend: z.object({ clientCertificateRef: secretObjectReferenceSchema.optional() }).optional(),
  frontend: z.object({
    default: tlsConfigSchema,
    perPort: z.array(z.object({ port: portNumberSchema, tls: tlsConfigSchema })).max(64)
      .check(uniqueBy<TLSPortConfig>({ keys: ['port'], what: 'entry', rule: '41930737' })).optional(),
  }).optional(),
});

const noNamespace: { from: 'None' } = { from: 'None' };

export const gatewaySchema: z.ZodType<Manifest<Gateway>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Gateway'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    gatewayClassName: objectNameSchema,
    listeners: z.array(listenerSchema).min(1).max(64).check(...listenerListRules('d31959b5')),
    addresses: z.array(
      z.object({
        type: addressTypeSchema,
        value: text({ max: 253 }).optional(),
        routability: routabilitySchema.optional(),
      }).check(...addressRules('dac2850f')),
    ).max(16).check(...addressListRules).optional(),
    infrastructure: z.object({
      labels: infrastructureLabelsSchema.optional(),
      annotations: infrastructureAnnotationsSchema.optional(),
      parametersRef: localObjectReferenceSchema.optional(),
    }).optional(),
    allowedListeners: z.object({
      namespaces: z.object({
        from: z.enum(['All', 'Selector', 'Same', 'None']).default('None'),
        selector: labelSelectorSchema.optional(),
      }).default(() => noNamespace),
    }).optional(),
    tls: tlsSchema.optional(),
    defaultScope: z.enum(['All', 'None']).optional(),
  }),
});

export const gatewayStatusSchema: z.ZodType<GatewayStatus> = z.object({
  addresses: z.array(
    z.object({
      type: addressTypeSchema,
      value: text({ min: 1, max: 253 }),
      routability: routabilitySchema.optional(),
    }).check(...addressRules('b3d66a64')),
  ).max(16).optional(),
  conditions: conditionsSchema.optional(),
  listeners: listenerStatusesSchema.optional(),
  attachedListenerSets: z.int32().optional(),
});

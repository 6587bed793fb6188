import type { z } from 'zod';

import { type BackendTLSPolicy, backendTLSPolicySchema } from './backend-tls-policy.ts';
import { type ClusterTrustBundle, clusterTrustBundleSchema } from './cluster-trust-bundle.ts';
import { type ConfigMap, configMapSchema } from './config-map.ts';
import { type EndpointSlice, endpointSliceSchema } from './endpoint-slice.ts';
import { type GatewayClass, gatewayClassSchema, gatewayClassStatusSchema } from './gateway-class.ts';
import { type GatewayParameters, gatewayParametersSchema } from './gateway-parameters.ts';
import { type Gateway, gatewaySchema, gatewayStatusSchema } from './gateway.ts';
import { type GRPCRoute, grpcRouteSchema } from './grpc-route.ts';
import { type HTTPRoute, httpRouteSchema } from './http-route.ts';
import { type Ingress, ingressSchema } from './ingress.ts';
import { kindInfo, type LegacyKinds, legacyKinds } from './legacy/kinds.ts';
import { type ListenerSet, listenerSetSchema, listenerSetStatusSchema } from './listener-set.ts';
import type { Manifest } from './manifest.ts';
import { type Namespace, namespaceSchema } from './namespace.ts';
import type { KubeObject } from './object.ts';
import { policyStatusSchema } from './policy-status.ts';
import { type ReferenceGrant, referenceGrantSchema } from './reference-grant.ts';
import { routeStatusSchema } from './route-status.ts';
import { type Secret, secretSchema } from './secret.ts';
import { type ServiceCIDR, serviceCIDRSchema } from './service-cidr.ts';
import { type Service, serviceSchema } from './service.ts';
import { type TCPRoute, tcpRouteSchema, tcpRouteV1alpha2Schema } from './tcp-route.ts';
import { type TLSRoute, tlsRouteSchema, tlsRouteV1alpha2Schema } from './tls-route.ts';
import { type UDPRoute, udpRouteSchema, udpRouteV1alpha2Schema } from './udp-route.ts';
import { type XBackendTrafficPolicy, xBackendTrafficPolicySchema } from './x-backend-traffic-policy.ts';
import { backendStatusSchema, type XBackend, xBackendSchema } from './x-backend.ts';
import { type XTelemetryPolicy, xTelemetryPolicySchema } from './x-telemetry-policy.ts';

/** Every kind that can be decoded, by its name: names are unique across the groups. */
export interface Kinds extends LegacyKinds {
  readonly Namespace: Namespace;
  readonly Service: Service;
  readonly EndpointSlice: EndpointSlice;
  readonly Secret: Secret;
  readonly ConfigMap: ConfigMap;
  readonly ClusterTrustBundle: ClusterTrustBundle;
  readonly ServiceCIDR: ServiceCIDR;
  readonly GatewayClass: GatewayClass;
  readonly Gateway: Gateway;
  readonly ListenerSet: ListenerSet;
  readonly HTTPRoute: HTTPRoute;
  readonly GRPCRoute: GRPCRoute;
  readonly TLSRoute: TLSRoute;
  readonly TCPRoute: TCPRoute;
  readonly UDPRoute: UDPRoute;
  readonly ReferenceGrant: ReferenceGrant;
  readonly BackendTLSPolicy: BackendTLSPolicy;
  readonly XBackend: XBackend;
  readonly XBackendTrafficPolicy: XBackendTrafficPolicy;
  readonly XTelemetryPolicy: XTelemetryPolicy;
  readonly GatewayParameters: GatewayParameters;
  readonly Ingress: Ingress;
}

export type KindName = keyof Kinds;

/** Any decoded object; `kind` tells which. */
export type AnyObject = Kinds[KindName];

export interface KindInfo<K extends KubeObject = KubeObject> {
  /** Empty for core kinds. */
  readonly group: string;
  readonly kind: K['kind'];
  readonly plural: string;
  readonly namespaced: boolean;
  /** Accepted versions, the preferred one first. */
  readonly versions: readonly string[];
  /** Of all versions but those in `otherSchemas`. */
  readonly schema: z.ZodType<Manifest<K>>;
  readonly otherSchemas?: Readonly<Record<string, z.ZodType<Manifest<K>>>>;
  /** Instead of both: the schema of a version, for an object of this name. */
  readonly choose?: (version: string, name: unknown) => z.ZodType<Manifest<K>>;
  /** What the API server accepts as `status`; decoding drops it. */
  readonly status?: z.ZodType;
  /** Whether the schema has every field of `spec`, so that any other is a mistake. */
  readonly complete: boolean;
  /** Whether it matters only where the resources of `getambassador.io` are served. */
  readonly legacy?: boolean;
}

const gateway = { group: 'gateway.networking.k8s.io', namespaced: true, complete: true } as const;
const experimental = { ...gateway, group: 'gateway.networking.x-k8s.io', versions: ['v1alpha1'] } as const;
const core = { group: '', namespaced: true, versions: ['v1'], complete: false } as const;

/** The registry of kinds. */
export const kinds: { readonly [K in KindName]: KindInfo<Kinds[K]> } = {
  Namespace: { ...core, kind: 'Namespace', plural: 'namespaces', namespaced: false, schema: namespaceSchema },
  Service: { ...core, kind: 'Service', plural: 'services', schema: serviceSchema },
  EndpointSlice: {
    ...core,
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    schema: endpointSliceSchema,
  },
  Secret: { ...core, kind: 'Secret', plural: 'secrets', schema: secretSchema },
  ConfigMap: { ...core, kind: 'ConfigMap', plural: 'configmaps', schema: configMapSchema },
  ClusterTrustBundle: {
    ...core,
    group: 'certificates.k8s.io',
    kind: 'ClusterTrustBundle',
    plural: 'clustertrustbundles',
    namespaced: false,
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    schema: clusterTrustBundleSchema,
  },
  ServiceCIDR: {
    ...core,
    group: 'networking.k8s.io',
    kind: 'ServiceCIDR',
    plural: 'servicecidrs',
    namespaced: false,
    versions: ['v1', 'v1beta1'],
    schema: serviceCIDRSchema,
  },
  GatewayClass: {
    ...gateway,
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    namespaced: false,
    versions: ['v1', 'v1beta1'],
    schema: gatewayClassSchema,
    status: gatewayClassStatusSchema,
  },
  Gateway: {
    ...gateway,
    kind: 'Gateway',
    plural: 'gateways',
    versions: ['v1', 'v1beta1'],
    schema: gatewaySchema,
    status: gatewayStatusSchema,
  },
  ListenerSet: {
    ...gateway,
    kind: 'ListenerSet',
    plural: 'listenersets',
    versions: ['v1'],
    schema: listenerSetSchema,
    status: listenerSetStatusSchema,
  },
  HTTPRoute: {
    ...gateway,
    kind: 'HTTPRoute',
    plural: 'httproutes',
    versions: ['v1', 'v1beta1'],
    schema: httpRouteSchema,
    status: routeStatusSchema,
  },
  GRPCRoute: {
    ...gateway,
    kind: 'GRPCRoute',
    plural: 'grpcroutes',
    versions: ['v1'],
    schema: grpcRouteSchema,
    status: routeStatusSchema,
  },
  TLSRoute: {
    ...gateway,
    kind: 'TLSRoute',
    plural: 'tlsroutes',
    versions: ['v1', 'v1alpha3', 'v1alpha2'],
    schema: tlsRouteSchema,
    otherSchemas: { v1alpha2: tlsRouteV1alpha2Schema },
    status: routeStatusSchema,
  },
  TCPRoute: {
    ...gateway,
    kind: 'TCPRoute',
    plural: 'tcproutes',
    versions: ['v1', 'v1alpha2'],
    schema: tcpRouteSchema,
    otherSchemas: { v1alpha2: tcpRouteV1alpha2Schema },
    status: routeStatusSchema,
  },
  UDPRoute: {
    ...gateway,
    kind: 'UDPRoute',
    plural: 'udproutes',
    versions: ['v1', 'v1alpha2'],
    schema: udpRouteSchema,
    otherSchemas: { v1alpha2: udpRouteV1alpha2Schema },
    status: routeStatusSchema,
  },
  ReferenceGrant: {
    ...gateway,
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    versions: ['v1', 'v1beta1'],
    schema: referenceGrantSchema,
  },
  BackendTLSPolicy: {
    ...gateway,
    kind: 'BackendTLSPolicy',
    plural: 'backendtlspolicies',
    versions: ['v1', 'v1alpha3'],
    schema: backendTLSPolicySchema,
    status: policyStatusSchema,
  },
  XBackend: {
    ...experimental,
    kind: 'XBackend',
    plural: 'xbackends',
    schema: xBackendSchema,
    status: backendStatusSchema,
  },
  XBackendTrafficPolicy: {
    ...experimental,
    kind: 'XBackendTrafficPolicy',
    plural: 'xbackendtrafficpolicies',
    schema: xBackendTrafficPolicySchema,
    status: policyStatusSchema,
  },
  XTelemetryPolicy: {
    ...experimental,
    kind: 'XTelemetryPolicy',
    plural: 'xtelemetrypolicies',
    schema: xTelemetryPolicySchema,
    status: policyStatusSchema,
  },
  GatewayParameters: {
    group: 'dragoman.dev',
    kind: 'GatewayParameters',
    plural: 'gatewayparameters',
    namespaced: true,
    versions: ['v1alpha1'],
    schema: gatewayParametersSchema,
    complete: true,
  },
  Ingress: {
    ...core,
    group: 'networking.k8s.io',
    kind: 'Ingress',
    plural: 'ingresses',
    schema: ingressSchema,
    legacy: true,
  },
  Mapping: kindInfo(legacyKinds.Mapping),
  TCPMapping: kindInfo(legacyKinds.TCPMapping),
  Host: kindInfo(legacyKinds.Host),
  Listener: kindInfo(legacyKinds.Listener),
  Module: kindInfo(legacyKinds.Module),
  TLSContext: kindInfo(legacyKinds.TLSContext),
  AuthService: kindInfo(legacyKinds.AuthService),
  RateLimitService: kindInfo(legacyKinds.RateLimitService),
  TracingService: kindInfo(legacyKinds.TracingService),
  LogService: kindInfo(legacyKinds.LogService),
  KubernetesServiceResolver: kindInfo(legacyKinds.KubernetesServiceResolver),
  KubernetesEndpointResolver: kindInfo(legacyKinds.KubernetesEndpointResolver),
  ConsulResolver: kindInfo(legacyKinds.ConsulResolver),
  DevPortal: kindInfo(legacyKinds.DevPortal),
};

/** The schema of one accepted version of a kind, for an object of this name. */
export function schemaOf<K extends KubeObject>(
  info: KindInfo<K>,
  version: string,
  name?: unknown,
): z.ZodType<Manifest<K>> {
  return info.choose?.(version, name) ?? info.otherSchemas?.[version] ?? info.schema;
}

/** `v1`, or `group/v1`. */
export function apiVersionOf(info: KindInfo, version: string = info.versions[0] ?? 'v1'): string {
  return info.group === '' ? version : `${info.group}/${version}`;
}

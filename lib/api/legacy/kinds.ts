import { z } from 'zod';

import { conditionsSchema } from '../condition.ts';
import type { KindInfo } from '../kinds.ts';
import { type Manifest, namespacedMetaSchema } from '../manifest.ts';
import type { KubeObject, ObjectMeta } from '../object.ts';
import { type AuthService, authServiceSpec } from './auth-service.ts';
import { circuitBreakerSpec, type CircuitBreakerV0 } from './circuit-breaker.ts';
import { type ConsulResolver, consulResolverSpec } from './consul-resolver.ts';
import { type DevPortal, devPortalSpec } from './dev-portal.ts';
import type { Dialect } from './parts/dialect.ts';
import { type Host, hostSpec } from './host.ts';
import type { KubernetesEndpointResolver } from './kubernetes-endpoint-resolver.ts';
import { type KubernetesServiceResolver, plainResolverSpec } from './kubernetes-service-resolver.ts';
import { type LegacyListener, listenerSpec } from './listener.ts';
import { type LogService, logServiceSpec } from './log-service.ts';
import type { Mapping } from './mapping-spec.ts';
import { mappingSpec } from './mapping.ts';
import { type Module, type ModuleConfig, moduleOf, moduleSpec } from './module.ts';
import { outlierDetectionSpec, type OutlierDetectionV0 } from './outlier-detection.ts';
import { type Pragma, pragmaSpec } from './pragma.ts';
import { type RateLimitService, rateLimitServiceSpec } from './rate-limit-service.ts';
import { type TCPMapping, tcpMappingSpec } from './tcp-mapping.ts';
import { type TLSContext, tlsContextSpec } from './tls-context.ts';
import { type TracingService, tracingServiceSpec } from './tracing-service.ts';

/** Kinds of `getambassador.io` that have CRDs. */
export interface LegacyKinds {
  readonly Mapping: Mapping;
  readonly TCPMapping: TCPMapping;
  readonly Host: Host;
  readonly Listener: LegacyListener;
  readonly Module: Module;
  readonly TLSContext: TLSContext;
  readonly AuthService: AuthService;
  readonly RateLimitService: RateLimitService;
  readonly TracingService: TracingService;
  readonly LogService: LogService;
  readonly KubernetesServiceResolver: KubernetesServiceResolver;
  readonly KubernetesEndpointResolver: KubernetesEndpointResolver;
  readonly ConsulResolver: ConsulResolver;
  readonly DevPortal: DevPortal;
}

/** Kinds that only annotations of v0 have. */
export interface AnnotationKinds {
  readonly CircuitBreaker: CircuitBreakerV0;
  readonly OutlierDetection: OutlierDetectionV0;
  readonly Pragma: Pragma;
}

/** Every kind that an annotation may have. */
export type AllLegacyKinds = LegacyKinds & AnnotationKinds;

/** Any decoded object of them; `kind` tells which. */
export type LegacyObject = AllLegacyKinds[keyof AllLegacyKinds];

type Spec<K> = K extends { readonly spec: infer S } ? S : never;

export interface LegacyKind<K extends KubeObject = LegacyObject> {
  readonly kind: K['kind'];
  readonly plural: string;
  /** The versions that it has, the preferred one first. */
  readonly dialects: readonly Dialect[];
  /** The schema of `spec`; the variant is for kinds whose objects' names say what they hold. */
  readonly spec: (dialect: Dialect, variant: string) => z.ZodType<Spec<K>>;
  /** Which variant an object is, by its name. */
  readonly variantOf?: (name: unknown) => string;
}

export const legacyGroup = 'getambassador.io';

const all: readonly Dialect[] = ['v3alpha1', 'v2', 'v1', 'v0'];
const sinceV1: readonly Dialect[] = ['v3alpha1', 'v2', 'v1'];

/** The registry of legacy kinds. */
export const legacyKinds: { readonly [K in keyof AllLegacyKinds]: LegacyKind<AllLegacyKinds[K]> } = {
  Mapping: { kind: 'Mapping', plural: 'mappings', dialects: all, spec: mappingSpec },
  TCPMapping: { kind: 'TCPMapping', plural: 'tcpmappings', dialects: sinceV1, spec: tcpMappingSpec },
  Host: {
    kind: 'Host',
    plural: 'hosts',
    dialects: ['v3alpha1', 'v2'],
    spec: (dialect) => hostSpec(dialect === 'v2' ? dialect : 'v3alpha1'),
  },
  Listener: { kind: 'Listener', plural: 'listeners', dialects: ['v3alpha1'], spec: () => listenerSpec },
  Module: {
    kind: 'Module',
    plural: 'modules',
    dialects: all,
    spec: (dialect, variant) => moduleSpec(dialect, variant as ModuleConfig['module']),
    variantOf: moduleOf,
  },
  TLSContext: { kind: 'TLSContext', plural: 'tlscontexts', dialects: all, spec: tlsContextSpec },
  AuthService: { kind: 'AuthService', plural: 'authservices', dialects: all, spec: authServiceSpec },
  RateLimitService: {
    kind: 'RateLimitService',
    plural: 'ratelimitservices',
    dialects: all,
    spec: rateLimitServiceSpec,
  },
  TracingService: {
    kind: 'TracingService',
    plural: 'tracingservices',
    dialects: all,
    spec: tracingServiceSpec,
  },
  LogService: { kind: 'LogService', plural: 'logservices', dialects: sinceV1, spec: logServiceSpec },
  KubernetesServiceResolver: {
    kind: 'KubernetesServiceResolver',
    plural: 'kubernetesserviceresolvers',
    dialects: sinceV1,
    spec: () => plainResolverSpec,
  },
  KubernetesEndpointResolver: {
    kind: 'KubernetesEndpointResolver',
    plural: 'kubernetesendpointresolvers',
    dialects: sinceV1,
    spec: () => plainResolverSpec,
  },
  ConsulResolver: {
    kind: 'ConsulResolver',
    plural: 'consulresolvers',
    dialects: sinceV1,
    spec: () => consulResolverSpec,
  },
  DevPortal: { kind: 'DevPortal', plural: 'devportals', dialects: sinceV1, spec: () => devPortalSpec },
  CircuitBreaker: {
    kind: 'CircuitBreaker',
    plural: 'circuitbreakers',
    dialects: ['v0'],
    spec: () => circuitBreakerSpec,
  },
  OutlierDetection: {
    kind: 'OutlierDetection',
    plural: 'outlierdetections',
    dialects: ['v0'],
    spec: () => outlierDetectionSpec,
  },
  Pragma: { kind: 'Pragma', plural: 'pragmas', dialects: ['v0'], spec: () => pragmaSpec },
};

export interface SchemaChoice {
  readonly dialect: Dialect;
  readonly metadata: z.ZodType<ObjectMeta>;
  /** The object's name, where that decides. */
  readonly name?: unknown;
}

const schemas = new Map<string, z.ZodType>();
const metadataIds = new Map<z.ZodType, number>();

/** The schema of a manifest; the same one for the same choice, made when it is first asked for. */
export function manifestSchema<K extends KubeObject>(
  { kind, spec, variantOf }: LegacyKind<K>,
  { dialect, metadata, name }: SchemaChoice,
): z.ZodType<Manifest<K>> {
  const variant = variantOf?.(name) ?? '';
  if (!metadataIds.has(metadata)) metadataIds.set(metadata, metadataIds.size);
  const id = `${kind} ${dialect} ${variant} ${metadataIds.get(metadata)}`;
  let schema = schemas.get(id);
  if (schema === undefined) {
    schema = z.object({
      apiVersion: z.string(),
      kind: z.literal(kind),
      metadata,
      // What is required is told by its name, and some kinds need nothing.
      spec: spec(dialect, variant).prefault({}),
    });
    schemas.set(id, schema);
  }
  return schema as z.ZodType<Manifest<K>>;
}

const conditions = conditionsSchema.optional();

/** Of the kinds of which Emissary writes a state. */
const statuses: Readonly<Record<string, z.ZodType>> = {
  Mapping: z.object({ state: z.enum(['Running', 'Inactive']), reason: z.string().optional(), conditions }),
  Host: z.object({ state: z.enum(['Ready', 'Error']), errorReason: z.string().optional(), conditions }),
};

/** Of all others, but for DevPortals, of which nothing is said. */
const plainStatus: z.ZodType = z.object({ conditions });

/** The entry of the registry of all kinds. */
export function kindInfo<K extends KubeObject>(legacy: LegacyKind<K>): KindInfo<K> {
  const { kind, plural, dialects } = legacy;
  const status = statuses[kind] ?? (kind === 'DevPortal' ? undefined : plainStatus);
  const versions = dialects.filter((dialect) => dialect !== 'v0');
  const schemaOf = (dialect: Dialect, name?: unknown): z.ZodType<Manifest<K>> =>
    manifestSchema(legacy, { dialect, metadata: namespacedMetaSchema, name });
  return {
    group: legacyGroup,
    kind,
    plural,
    namespaced: true,
    versions,
    get schema() {
      return schemaOf('v3alpha1');
    },
    choose: (version, name) => schemaOf(version as Dialect, name),
    complete: true,
    legacy: true,
    ...(status === undefined ? {} : { status }),
  };
}

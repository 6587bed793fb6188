import type {
  AuthService,
  CircuitBreakerV0,
  ConsulResolver,
  DevPortal,
  Host,
  KubernetesEndpointResolver,
  KubernetesServiceResolver,
  LegacyListener,
  LogService,
  Mapping,
  Module,
  OutlierDetectionV0,
  RateLimitService,
  TCPMapping,
  TLSContext,
  TracingService,
} from '../lib/api/legacy/mod.ts';
import type {
  BackendTLSPolicy,
  ClusterTrustBundle,
  ConfigMap,
  EndpointSlice,
  Gateway,
  GatewayClass,
  GatewayParameters,
  GRPCRoute,
  HTTPRoute,
  Ingress,
  KubeObject,
  ListenerSet,
  Namespace,
  ReferenceGrant,
  Secret,
  Service,
  ServiceCIDR,
  TCPRoute,
  TLSRoute,
  UDPRoute,
  Unreadable,
  XBackend,
  XBackendTrafficPolicy,
  XTelemetryPolicy,
} from '../lib/api/mod.ts';
import type { Collection, Graph, Input } from '../lib/graph/types.ts';
import type {
  Clock,
  ClusterUse,
  ConsulAnswer,
  Delivered,
  FleetSecretUse,
  GatewayAddresses,
  InfraFault,
  InstalledDefinition,
  Refusal,
  Wait,
} from './flow.ts';

/** Objects of the kinds that reconcilers read, by kind. Edges fill these and nothing else. */
export interface ObjectInputs {
  readonly Namespace: Input<Namespace>;
  readonly Service: Input<Service>;
  readonly Ingress: Input<Ingress>;
  readonly EndpointSlice: Input<EndpointSlice>;
  readonly Secret: Input<Secret>;
  readonly ConfigMap: Input<ConfigMap>;
  readonly ClusterTrustBundle: Input<ClusterTrustBundle>;
  readonly ServiceCIDR: Input<ServiceCIDR>;
  readonly GatewayClass: Input<GatewayClass>;
  readonly GatewayParameters: Input<GatewayParameters>;
  readonly ReferenceGrant: Input<ReferenceGrant>;
  readonly Gateway: Input<Gateway>;
  readonly ListenerSet: Input<ListenerSet>;
  readonly HTTPRoute: Input<HTTPRoute>;
  readonly GRPCRoute: Input<GRPCRoute>;
  readonly TLSRoute: Input<TLSRoute>;
  readonly TCPRoute: Input<TCPRoute>;
  readonly UDPRoute: Input<UDPRoute>;
  readonly BackendTLSPolicy: Input<BackendTLSPolicy>;

  /** Of `getambassador.io`. */
  readonly Mapping: Input<Mapping>;
  readonly TCPMapping: Input<TCPMapping>;
  readonly Host: Input<Host>;
  readonly Listener: Input<LegacyListener>;
  readonly Module: Input<Module>;
  readonly TLSContext: Input<TLSContext>;
  readonly AuthService: Input<AuthService>;
  readonly RateLimitService: Input<RateLimitService>;
  readonly TracingService: Input<TracingService>;
  readonly LogService: Input<LogService>;
  readonly KubernetesServiceResolver: Input<KubernetesServiceResolver>;
  readonly KubernetesEndpointResolver: Input<KubernetesEndpointResolver>;
  readonly ConsulResolver: Input<ConsulResolver>;
  readonly DevPortal: Input<DevPortal>;
  /** Only annotations have these. */
  readonly CircuitBreaker: Input<CircuitBreakerV0>;
  readonly OutlierDetection: Input<OutlierDetectionV0>;
  readonly XBackend: Input<XBackend>;
  readonly XBackendTrafficPolicy: Input<XBackendTrafficPolicy>;
  readonly XTelemetryPolicy: Input<XTelemetryPolicy>;
}

/** The same to read; some with objects that are written elsewhere, too. */
export type ObjectCollections = {
  readonly [Kind in keyof ObjectInputs]: ObjectInputs[Kind] extends Input<infer Object> ? Collection<Object>
    : never;
};

/** What comes back from the proxies and the platform, as inputs of the next revision. */
export interface FeedbackInputs {
  readonly delivered: Input<Delivered>;
  readonly refusals: Input<Refusal>;
  /** Kubernetes mode: addresses of the Gateways' Services. */
  readonly addresses: Input<GatewayAddresses>;
  /** Kubernetes mode: Gateways and XBackends whose objects cannot be made as they should be. */
  readonly infraFaults: Input<InfraFault>;
  /** Kubernetes mode: which kinds of the Gateway API there are, and of which version. */
  readonly installed: Input<InstalledDefinition>;
  /** Objects that cannot be decoded; what they were before, if anything, is among the objects. */
  readonly unreadable: Input<Unreadable>;
  readonly clock: Input<Clock>;
  /** Of the queries that something asks. */
  readonly consul: Input<ConsulAnswer>;
  /** What nobody uses any more, for as long as requests may be waiting that will. */
  readonly retiredClusters: Input<ClusterUse>;
  readonly retiredSecrets: Input<FleetSecretUse>;
  readonly retiredWaits: Input<Wait>;
}

export function declareObjects(graph: Graph): ObjectInputs {
  return {
    Namespace: graph.input('Namespace'),
    Service: graph.input('Service'),
    Ingress: graph.input('Ingress'),
    EndpointSlice: graph.input('EndpointSlice'),
    Secret: graph.input('Secret'),
    ConfigMap: graph.input('ConfigMap'),
    ClusterTrustBundle: graph.input('ClusterTrustBundle'),
    ServiceCIDR: graph.input('ServiceCIDR'),
    GatewayClass: graph.input('GatewayClass'),
    GatewayParameters: graph.input('GatewayParameters'),
    ReferenceGrant: graph.input('ReferenceGrant'),
    Gateway: graph.input('Gateway'),
    ListenerSet: graph.input('ListenerSet'),
    HTTPRoute: graph.input('HTTPRoute'),
    GRPCRoute: graph.input('GRPCRoute'),
    TLSRoute: graph.input('TLSRoute'),
    TCPRoute: graph.input('TCPRoute'),
    UDPRoute: graph.input('UDPRoute'),
    BackendTLSPolicy: graph.input('BackendTLSPolicy'),
    Mapping: graph.input('Mapping'),
    TCPMapping: graph.input('TCPMapping'),
    Host: graph.input('Host'),
    Listener: graph.input('Listener'),
    Module: graph.input('Module'),
    TLSContext: graph.input('TLSContext'),
    AuthService: graph.input('AuthService'),
    RateLimitService: graph.input('RateLimitService'),
    TracingService: graph.input('TracingService'),
    LogService: graph.input('LogService'),
    KubernetesServiceResolver: graph.input('KubernetesServiceResolver'),
    KubernetesEndpointResolver: graph.input('KubernetesEndpointResolver'),
    ConsulResolver: graph.input('ConsulResolver'),
    DevPortal: graph.input('DevPortal'),
    CircuitBreaker: graph.input('CircuitBreaker'),
    OutlierDetection: graph.input('OutlierDetection'),
    XBackend: graph.input('XBackend'),
    XBackendTrafficPolicy: graph.input('XBackendTrafficPolicy'),
    XTelemetryPolicy: graph.input('XTelemetryPolicy'),
  };
}

export function declareFeedback(graph: Graph): FeedbackInputs {
  return {
    delivered: graph.input('delivered'),
    refusals: graph.input('refusals'),
    addresses: graph.input('addresses'),
    infraFaults: graph.input('infraFaults'),
    installed: graph.input('installed'),
    unreadable: graph.input('unreadable'),
    clock: graph.input('clock'),
    consul: graph.input('consul'),
    retiredClusters: graph.input('retiredClusters'),
    retiredSecrets: graph.input('retiredSecrets'),
    retiredWaits: graph.input('retiredWaits'),
  };
}

/** The input of an object's kind; absent for kinds that nothing reads yet. */
export function inputOf(objects: ObjectInputs, kind: string): Input<KubeObject> | undefined {
  const found: unknown = isNamed(objects, kind) ? objects[kind] : undefined;
  return found as Input<KubeObject> | undefined;
}

function isNamed(objects: ObjectInputs, kind: string): kind is keyof ObjectInputs {
  return Object.hasOwn(objects, kind);
}

/** The whole dataflow on one page: what is computed from what, in order. */

import {
  type EncodedRouteSet,
  encodeEndpoints,
  encodeRouteSet,
  encodeSecret,
  type Resource,
} from '../lib/envoy/mod.ts';
import type { Gateway } from '../lib/api/mod.ts';
import { createGraph, type Graph, type GraphOptions } from '../lib/graph/mod.ts';
import type { Collection, Keyed } from '../lib/graph/types.ts';
import type { Cluster, Endpoints, Listener, VirtualHost } from '../lib/model/mod.ts';
import { type AttachableRoute, attachRoute } from './attachment/attach.ts';
import { hostnameDefeats, withoutDefeats } from './attachment/hostname-conflict.ts';
import { policyTargets, translateBackendTlsPolicy } from './backend-tls-policy/translate.ts';
import type {
  ClusterUse,
  ConsulQuery,
  DiagnosticSet,
  FleetSecretUse,
  GatewayResult,
  Membership,
  Patience,
  RouteAttachment,
  RouteResult,
  StatusResult,
  Wait,
} from './flow.ts';
import { translateGatewayClass } from './gateway-class/translate.ts';
import { declareGatewayFlow } from './gateway/dataflow.ts';
import { attachmentBuckets } from './gateway/status.ts';
import { translateGrpcRoute } from './grpc-route/translate.ts';
import { declareLegacy } from './legacy/dataflow.ts';
import { declareGateways } from './legacy/gateway.ts';
import { withTrustedHops } from './legacy/sharing.ts';
import { declareLegacyObjects } from './legacy/objects.ts';
import type { LegacyResources } from './legacy/outcomes.ts';
import { translateHttpRoute } from './http-route/translate.ts';
import type { InfraObject } from './infra/manifest.ts';
import { type InfraPlan, infraPlan } from './infra/plan.ts';
import { selectorPlan, selectorsOfCluster } from './infra/selector-plan.ts';
import { declareFeedback, declareObjects, type FeedbackInputs, type ObjectInputs } from './inputs.ts';
import { ownClaims, portOfChain, streamOf, wantedClaims } from './l4-route/claims.ts';
import { withRouteChains } from './l4-route/port.ts';
import { tcpProxy, udpClusterUses } from './l4-route/proxies.ts';
import { routeChains, translateStream } from './l4-route/stream.ts';
import { type L4Route, translateL4Route } from './l4-route/translate.ts';
import { grantBuckets } from './reference-grant/granted.ts';
import { translateSecret } from './secret/translate.ts';
import {
  sentCluster,
  sentListener,
  sentRouteConfig,
  sentTcpProxy,
  sentVirtualHost,
  streamRefusal,
} from './sent.ts';
import { consulQuery, consulQueryOf, serviceOfSlice, translateEndpoints } from './service/endpoints.ts';
import type { Settings } from './settings.ts';
import {
  clusterMemberships,
  clusterUses,
  gatewayClusterUses,
  gatewaySecretUses,
  gatewayWaits,
  membership,
  patienceOf,
  routeSecretUses,
  routeWaits,
  secretMemberships,
} from './uses.ts';
import { telemetryTargets, translateTelemetryPolicy } from './telemetry-policy/translate.ts';
import { trafficTargets, translateTrafficPolicy } from './traffic-policy/translate.ts';
import { translateXBackend } from './x-backend/translate.ts';
import {
  listenerClaims,
  listenerHostOf,
  portHostOf,
  routeClaims,
  virtualHostOf,
} from './virtual-host/claims.ts';
import { translateVirtualHost } from './virtual-host/translate.ts';
import { declareStatuses } from './graph-statuses.ts';

/** The graph with what edges fill and read. */
export interface Dataflow {
  readonly settings: Settings;
  readonly graph: Graph;
  readonly objects: ObjectInputs;
  readonly feedback: FeedbackInputs;
  readonly gateways: Collection<GatewayResult>;
  readonly attachments: Collection<RouteAttachment>;
  readonly routes: Collection<RouteResult<Keyed>>;
  readonly routeSets: Collection<EncodedRouteSet>;
  readonly virtualHosts: Collection<VirtualHost>;
  /** What Listeners of `getambassador.io` bind. */
  readonly legacyListeners: Collection<Listener>;
  /** What resources of `getambassador.io` became. */
  readonly legacy: LegacyResources;
  readonly clusters: Collection<Cluster>;
  readonly clusterUses: Collection<ClusterUse>;
  readonly secretUses: Collection<FleetSecretUse>;
  readonly waits: Collection<Wait>;
  /** Of fleets with such waits. */
  readonly patience: Collection<Patience>;
  readonly endpoints: Collection<Endpoints>;
  /** What Consul is to be asked for. */
  readonly consulQueries: Collection<ConsulQuery>;
  readonly resources: Collection<Resource>;
  readonly memberships: Collection<Membership>;
  readonly statuses: Collection<StatusResult>;
  readonly diagnostics: Collection<DiagnosticSet>;
  /** With those that are made up for legacy Listeners. */
  readonly gatewayObjects: Collection<Gateway>;
  /** Kubernetes mode: what is done about the objects of each Gateway, and of XBackends. */
  readonly infraPlans: Collection<InfraPlan>;
  /** Kubernetes mode: the objects that they are to have. */
  readonly infra: Collection<InfraObject>;
}

export function createDataflow(settings: Settings, options: GraphOptions = {}): Dataflow {
  const graph = createGraph(options);
  const objects = declareObjects(graph);
  const feedback = declareFeedback(graph);
  const { Secret: secrets, Namespace: namespaces, Service: services } = objects;
  const { refusals, installed, clock } = feedback;
  const grants = graph.index('grants', objects.ReferenceGrant, grantBuckets);
  const trust = {
    settings,
    secrets,
    configMaps: objects.ConfigMap,
    clusterTrustBundles: objects.ClusterTrustBundle,
    installed,
  };

  // TLS to backends, wherever they are used.
  const policies = graph.map(
    'backendTlsPolicies',
    objects.BackendTLSPolicy,
    (policy, fetch) => translateBackendTlsPolicy(policy, fetch, { ...trust, grants }),
  );
  const tlsPolicies = graph.index('backendTlsPoliciesByService', policies, policyTargets);
  const xBackends = graph.map(
    'xBackends',
    objects.XBackend,
    (backend, fetch) => translateXBackend(backend, fetch, { ...trust, grants }),
  );
  const trafficResults = graph.map(
    'xBackendTrafficPolicies',
    objects.XBackendTrafficPolicy,
    translateTrafficPolicy,
  );
  const trafficPolicies = graph.index('trafficPoliciesByTarget', trafficResults, trafficTargets);
  const backends = { settings, services, grants, tlsPolicies, xBackends, trafficPolicies };

  const telemetryResults = graph.map(
    'xTelemetryPolicies',
    objects.XTelemetryPolicy,
    (policy, fetch) => translateTelemetryPolicy(policy, fetch, backends),
  );
  const telemetryPolicies = graph.index('telemetryPoliciesByGateway', telemetryResults, telemetryTargets);

  // Gateways with their ListenerSets, and what routes see of their listeners.
  const parameters = objects.GatewayParameters;
  const classes = graph.map(
    'classes',
    objects.GatewayClass,
    (gatewayClass, fetch) => translateGatewayClass(gatewayClass, fetch, { parameters }),
  );
  const legacyObjects = declareLegacyObjects(
    graph,
    { objects, unreadable: feedback.unreadable },
    settings,
  );
  const gatewayObjects = declareGateways(graph, legacyObjects.objects, settings);
  const serviceCIDRs = objects.ServiceCIDR;
  const gatewayFlow = declareGatewayFlow(
    graph,
    { gateways: gatewayObjects, listenerSets: objects.ListenerSet, namespaces },
    { ...trust, ...backends, classes, parameters, serviceCIDRs, telemetryPolicies, clock },
  );
  const { gateways, listeners, listenerFilters, binds } = gatewayFlow;
  const listenersByParent = graph.index('listenersByParent', listeners, ({ parent }) => [
    `${parent.kind}/${parent.namespace}/${parent.name}`,
  ]);
  const listenersByHost = graph.index('listenersByHost', listeners, portHostOf);

  const legacy = declareLegacy(graph, legacyObjects.objects, {
    settings,
    unreadable: legacyObjects.unreadable,
    binds,
    gateways,
    gatewayObjects,
    namespaces,
    listenersByRouteConfig: graph.index(
      'listenersByRouteConfig',
      listeners,
      ({ routeConfig }) => [routeConfig],
    ),
  });
  const legacyPorts = graph.index('legacyPortsByFleet', legacy.servicePorts, ({ fleet }) => [fleet]);
  const gatewayPlans = graph.map(
    'gatewayPlans',
    gatewayObjects,
    (gateway, fetch) =>
      infraPlan(gateway, fetch, {
        settings,
        classes,
        parameters,
        serviceCIDRs,
        gateways,
        gatewayClasses: objects.GatewayClass,
        services,
        legacyPorts,
      }),
  );

  // Routes: where they are attached, and what their rules mean.
  const attaching = { listeners, listenersByParent, namespaces };
  const candidates = {
    http: graph.map(
      'httpCandidates',
      objects.HTTPRoute,
      (route, fetch) => attachRoute(route, fetch, attaching),
    ),
    grpc: graph.map(
      'grpcCandidates',
      objects.GRPCRoute,
      (route, fetch) => attachRoute(route, fetch, attaching),
    ),
  };
  const httpByListener = graph.index('httpRoutesByListener', candidates.http, attachmentBuckets);
  const defeats = graph.flatMap(
    'hostnameDefeats',
    graph.index('grpcRoutesByListener', candidates.grpc, attachmentBuckets),
    (grpcRoutes, fetch) => hostnameDefeats(grpcRoutes, fetch, { httpRoutes: httpByListener }),
  );
  const httpAttachments = graph.map(
    'httpAttachments',
    graph.merge('candidates', [candidates.http, candidates.grpc]),
    (candidate, fetch) => withoutDefeats(candidate, fetch, defeats),
  );
  const l4Kinds: readonly Collection<AttachableRoute & L4Route>[] = [
    objects.TLSRoute,
    objects.TCPRoute,
    objects.UDPRoute,
  ];
  const l4Attachments = graph.merge(
    'l4Attachments',
    l4Kinds.map((kind) =>
      graph.map(`${kind.name}Attachments`, kind, (route, fetch) => attachRoute(route, fetch, attaching))
    ),
  );
  const attachments = graph.merge('attachments', [httpAttachments, l4Attachments]);
  const translating = { ...backends, attachments };
  const httpRoutes = graph.merge('routesOfRequests', [
    graph.map(
      'httpRoutes',
      objects.HTTPRoute,
      (route, fetch) => translateHttpRoute(route, fetch, translating),
    ),
    graph.map(
      'grpcRoutes',
      objects.GRPCRoute,
      (route, fetch) => translateGrpcRoute(route, fetch, translating),
    ),
  ]);
  const l4Routes = graph.merge(
    'l4Routes',
    l4Kinds.map((kind) =>
      graph.map(`${kind.name}Results`, kind, (route, fetch) => translateL4Route(route, fetch, translating))
    ),
  );
  const routes = graph.merge<RouteResult<Keyed>>('routes', [httpRoutes, l4Routes]);

  // Hostnames of ports.
  const claims = graph.merge('hostClaims', [
    graph.flatMap('listenerClaims', listeners, listenerClaims),
    graph.flatMap('routeClaims', httpAttachments, routeClaims),
    legacy.claims,
  ]);
  const claimsByListenerHost = graph.index('claimsByListenerHost', claims, listenerHostOf);
  const gatewayHosts = graph.map(
    'gatewayHosts',
    graph.index('claimsByVirtualHost', claims, virtualHostOf),
    (bucket, fetch) =>
      translateVirtualHost(bucket, fetch, { listenersByHost, claimsByListenerHost, listenerFilters }),
  );

  const virtualHosts = graph.merge('virtualHosts', [gatewayHosts, legacy.virtualHosts]);

  // Connections and datagrams of listeners for TLS, TCP and UDP.
  const destinations = graph.flatMap('destinations', l4Routes, ({ sets }) => sets.map(({ set }) => set));
  const streamReads = { listeners, listenersByHost, destinations };
  const wanted = graph.flatMap('streamRouteClaims', l4Attachments, wantedClaims);
  const streams = graph.map(
    'streams',
    graph.index(
      'claimsByStream',
      graph.merge('streamClaims', [graph.flatMap('streamListenerClaims', listeners, ownClaims), wanted]),
      streamOf,
    ),
    (bucket, fetch) => translateStream(bucket, fetch, streamReads),
  );
  const tcpProxies = graph.merge('tcpProxies', [
    graph.map('routeTcpProxies', streams, (stream) => tcpProxy(stream, settings)),
    legacy.tcpProxies,
  ]);
  const chainsByPort = graph.index(
    'chainsByPort',
    graph.flatMap('routeChains', wanted, (claim, fetch) => routeChains(claim, fetch, streamReads)),
    portOfChain,
  );

  // Clusters, endpoints and secrets that something uses.
  const usesOfClusters = graph.merge<ClusterUse>('clusterUses', [
    graph.flatMap('routeClusterUses', routes, (result, fetch) => clusterUses(result, fetch, attachments)),
    graph.flatMap('udpClusterUses', streams, udpClusterUses),
    graph.flatMap('gatewayClusterUses', gateways, gatewayClusterUses),
    legacy.clusterUses,
    feedback.retiredClusters,
  ]);
  const usedClusters = graph.index('usesByCluster', usesOfClusters, ({ cluster }) => [cluster.key]);
  const clusters = graph.map('clusters', usedClusters, ({ members }) => members[0]?.cluster);
  const clustersBySelector = graph.index('clustersBySelector', clusters, selectorsOfCluster);
  const infraPlans = graph.merge('infraPlans', [
    gatewayPlans,
    graph.map(
      'selectorPlans',
      objects.XBackend,
      (backend, fetch) => selectorPlan(backend, fetch, { settings, xBackends, clusters: clustersBySelector }),
    ),
  ]);
  const infra = graph.flatMap('infra', infraPlans, (plan) => plan.objects);
  const slices = graph.index('slicesByService', objects.EndpointSlice, serviceOfSlice);
  const endpoints = graph.map(
    'endpoints',
    clusters,
    (cluster, fetch) =>
      translateEndpoints(cluster, fetch, { settings, services, slices, consul: feedback.consul }),
  );
  const consulClusters = graph.index('clustersByConsulQuery', clusters, consulQueryOf);
  const consulQueries = graph.map('consulQueries', consulClusters, consulQuery);
  const usesOfSecrets = graph.merge<FleetSecretUse>('secretUses', [
    graph.flatMap('gatewaySecretUses', gateways, gatewaySecretUses),
    graph.flatMap(
      'routeSecretUses',
      routes,
      (result, fetch) => routeSecretUses(result, fetch, attachments),
    ),
    legacy.secretUses,
    feedback.retiredSecrets,
  ]);
  const usedSecrets = graph.index('usesBySecret', usesOfSecrets, ({ use }) => [use.name]);
  const waits = graph.merge<Wait>('waits', [
    graph.flatMap('routeWaits', httpRoutes, (result, fetch) => routeWaits(result, fetch, attachments)),
    graph.flatMap('gatewayWaits', gateways, gatewayWaits),
    legacy.waits,
    feedback.retiredWaits,
  ]);
  const patience = graph.map(
    'patience',
    graph.index('waitsByFleet', waits, ({ fleets }) => fleets),
    patienceOf,
  );
  const sdsSecrets = graph.map(
    'sdsSecrets',
    usedSecrets,
    ({ members: [first] }, fetch) => first && translateSecret(first.use, fetch, trust),
  );

  // Envoy resources. What Envoy refused is replaced, by the hash of its content.
  const ports = graph.map(
    'ports',
    graph.merge('declaredPorts', [
      graph.map(
        'gatewayPorts',
        gatewayFlow.ports,
        (port, fetch) => withTrustedHops(port, fetch, legacy.sharedPorts),
      ),
      legacy.listeners,
    ]),
    (port, fetch) => withRouteChains(port, fetch, chainsByPort),
  );
  const routeConfigs = graph.merge('routeConfigs', [
    gatewayFlow.routeConfigs,
    legacy.routeConfigs,
  ]);
  const routeSets = graph.merge('routeSets', [
    graph.flatMap(
      'gatewayRouteSets',
      httpRoutes,
      (route) => route.sets.map(({ set }) => encodeRouteSet(set)),
    ),
    graph.map('legacyEncodedSets', legacy.routeSets, encodeRouteSet),
  ]);
  const sentListeners = graph.map(
    'xdsListeners',
    ports,
    (port, fetch) => sentListener(port, fetch, refusals),
  );
  const sentRouteConfigs = graph.map(
    'xdsRouteConfigs',
    routeConfigs,
    (config, fetch) => sentRouteConfig(config, fetch, { listeners: sentListeners, refusals }),
  );
  const sentClusters = graph.map(
    'xdsClusters',
    clusters,
    (cluster, fetch) => sentCluster(cluster, fetch, refusals),
  );
  const sentSecrets = graph.map('xdsSecrets', sdsSecrets, encodeSecret);
  const sentHosts = graph.map(
    'xdsVirtualHosts',
    virtualHosts,
    (host, fetch) => sentVirtualHost(host, fetch, { routeSets, refusals }),
  );
  const sentTcpProxies = graph.map(
    'xdsTcpProxies',
    tcpProxies,
    (proxy, fetch) => sentTcpProxy(proxy, fetch, refusals),
  );
  const streamRefusals = graph.index(
    'streamRefusalsByRoute',
    graph.map('streamRefusals', streams, (stream, fetch) => streamRefusal(stream, fetch, sentTcpProxies)),
    ({ route }) => [route],
  );
  const resources = graph.merge<Resource>('resources', [
    sentClusters,
    graph.map('xdsEndpoints', endpoints, encodeEndpoints),
    sentListeners,
    sentTcpProxies,
    sentRouteConfigs,
    sentHosts,
    sentSecrets,
  ]);
  const memberships = graph.merge('memberships', [
    graph.map('listenerMembers', ports, ({ fleet, key }) => membership(fleet, `Listener|${key}`)),
    graph.map(
      'tcpProxyMembers',
      tcpProxies,
      ({ fleet, key }) => membership(fleet, `TypedExtensionConfig|${key}`),
    ),
    graph.map(
      'routeConfigMembers',
      routeConfigs,
      ({ fleet, key }) => membership(fleet, `RouteConfiguration|${key}`),
    ),
    graph.map(
      'virtualHostMembers',
      virtualHosts,
      ({ fleet, key }) => membership(fleet, `VirtualHost|${key}`),
    ),
    graph.flatMap('clusterMembers', usedClusters, clusterMemberships),
    graph.flatMap('secretMembers', usedSecrets, secretMemberships),
  ]);

  const { statuses, diagnostics } = declareStatuses(graph, {
    settings,
    objects,
    feedback,
    policies,
    tlsPolicies,
    xBackends,
    trafficResults,
    trafficPolicies,
    telemetryResults,
    telemetryPolicies,
    classes,
    gatewayFlow,
    legacy,
    legacyFindings: legacyObjects.findings,
    attachments,
    routes,
    refusalReads: { routeSets, refusals, streamRefusals },
    streams,
    virtualHosts,
    slices,
    consulClusters,
    infraPlans,
    ports,
    routeConfigs,
    sentListeners,
    sentRouteConfigs,
    sentClusters,
    sentSecrets,
    sentTcpProxies,
    sentHosts,
  });

  return {
    settings,
    graph,
    objects,
    feedback,
    gateways,
    attachments,
    routes,
    routeSets,
    virtualHosts,
    legacyListeners: legacy.listeners,
    legacy: { ...legacyObjects, ...legacy.outcomes },
    clusters,
    clusterUses: usesOfClusters,
    secretUses: usesOfSecrets,
    waits,
    patience,
    endpoints,
    consulQueries,
    resources,
    memberships,
    statuses,
    diagnostics,
    infraPlans,
    infra,
    gatewayObjects,
  };
}

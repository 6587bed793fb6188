/** The whole dataflow on one page: what is computed from what, in order. */

import {
  type EncodedRouteSet,
  encodeEndpoints,
  encodeRouteSet,
  encodeSecret,
  type Resource,
} from '../lib/envoy/mod.ts';
import { createGraph, type Graph, type GraphOptions } from '../lib/graph/mod.ts';
import type { Collection, Fetch, Keyed } from '../lib/graph/types.ts';
import type { Cluster, Endpoints, Listener, VirtualHost } from '../lib/model/mod.ts';
import { type AttachableRoute, attachRoute } from './attachment/attach.ts';
import { hostnameDefeats, withoutDefeats } from './attachment/hostname-conflict.ts';
import { filterAncestors, policyAncestors, serviceOfAncestor } from './backend-tls-policy/ancestors.ts';
import { backendTlsPolicyDiagnostics, backendTlsPolicyStatus } from './backend-tls-policy/status.ts';
import { policyTargets, translateBackendTlsPolicy } from './backend-tls-policy/translate.ts';
import { diagnosticSet, findingsOf, objectOf } from './findings.ts';
import type {
  DiagnosticSet,
  GatewayResult,
  Membership,
  RouteAttachment,
  RouteResult,
  StatusResult,
} from './flow.ts';
import { gatewayClassStatus, translateGatewayClass } from './gateway-class/translate.ts';
import { bindBuckets, gatewayBinds } from './gateway/binds.ts';
import { attachmentBuckets, gatewayStatus, listenerSetStatuses } from './gateway/status.ts';
import { translateGateway } from './gateway/translate.ts';
import { unclaimedGateway } from './gateway/unclaimed.ts';
import { translateGrpcRoute } from './grpc-route/translate.ts';
import { declareLegacy } from './legacy/dataflow.ts';
import { translateHttpRoute } from './http-route/translate.ts';
import type { InfraObject } from './infra/manifest.ts';
import { type InfraPlan, infraPlan } from './infra/plan.ts';
import { declareFeedback, declareObjects, type FeedbackInputs, type ObjectInputs } from './inputs.ts';
import { ownClaims, portOfChain, streamOf, wantedClaims } from './l4-route/claims.ts';
import { withRouteChains } from './l4-route/port.ts';
import { losses, tcpProxy, udpClusterUses } from './l4-route/proxies.ts';
import { routeChains, translateStream } from './l4-route/stream.ts';
import { type L4Route, translateL4Route } from './l4-route/translate.ts';
import { listenerSetBuckets } from './listener-set/attached.ts';
import { unclaimedListenerSet } from './listener-set/unclaimed.ts';
import { grantBuckets } from './reference-grant/granted.ts';
import { routeDiagnostics, routeStatus } from './route/status.ts';
import { translateSecret } from './secret/translate.ts';
import {
  hostRefusals,
  http3Refusals,
  routeRefusal,
  secretRefusals,
  sentCluster,
  sentListener,
  sentRouteConfig,
  sentTcpProxy,
  sentVirtualHost,
  streamRefusal,
} from './sent.ts';
import { serviceDiagnostics } from './service/diagnostics.ts';
import { serviceOfSlice, translateEndpoints } from './service/endpoints.ts';
import type { Settings } from './settings.ts';
import {
  clusterMemberships,
  clusterUses,
  gatewayClusterUses,
  gatewaySecretUses,
  membership,
  routeSecretUses,
  secretMemberships,
} from './uses.ts';
import { telemetryPolicyStatus } from './telemetry-policy/status.ts';
import { telemetryTargets, translateTelemetryPolicy } from './telemetry-policy/translate.ts';
import { trafficPolicyDiagnostics, trafficPolicyStatus } from './traffic-policy/status.ts';
import { trafficTargets, translateTrafficPolicy } from './traffic-policy/translate.ts';
import { xBackendDiagnostics, xBackendStatus } from './x-backend/status.ts';
import { translateXBackend } from './x-backend/translate.ts';
import {
  listenerClaims,
  listenerHostOf,
  portHostOf,
  routeClaims,
  virtualHostOf,
} from './virtual-host/claims.ts';
import { translateVirtualHost } from './virtual-host/translate.ts';

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
  readonly clusters: Collection<Cluster>;
  readonly endpoints: Collection<Endpoints>;
  readonly resources: Collection<Resource>;
  readonly memberships: Collection<Membership>;
  readonly statuses: Collection<StatusResult>;
  readonly diagnostics: Collection<DiagnosticSet>;
  /** Kubernetes mode: what is done about each Gateway's objects. */
  readonly infraPlans: Collection<InfraPlan>;
  /** Kubernetes mode: the objects that Gateways are to have. */
  readonly infra: Collection<InfraObject>;
}

export function createDataflow(settings: Settings, options: GraphOptions = {}): Dataflow {
  const graph = createGraph(options);
  const objects = declareObjects(graph);
  const feedback = declareFeedback(graph);
  const { Secret: secrets, Namespace: namespaces, Service: services } = objects;
  const { refusals, delivered, addresses, infraFaults, installed, clock } = feedback;
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
  const listenerSets = graph.index('listenerSetsByGateway', objects.ListenerSet, listenerSetBuckets);
  const serviceCIDRs = objects.ServiceCIDR;
  const sets = { settings, classes, parameters, serviceCIDRs, listenerSets, namespaces };
  const binds = graph.index(
    'bindsByPlace',
    graph.flatMap('binds', objects.Gateway, (gateway, fetch) => gatewayBinds(gateway, fetch, sets)),
    bindBuckets,
  );
  const gateways = graph.map(
    'gateways',
    objects.Gateway,
    (gateway, fetch) =>
      translateGateway(gateway, fetch, { ...sets, ...trust, ...backends, telemetryPolicies, clock, binds }),
  );
  const infraPlans = graph.map(
    'infraPlans',
    objects.Gateway,
    (gateway, fetch) =>
      infraPlan(gateway, fetch, {
        settings,
        classes,
        parameters,
        serviceCIDRs,
        gateways,
        gatewayClasses: objects.GatewayClass,
        services,
      }),
  );
  const infra = graph.flatMap('infra', infraPlans, (plan) => plan.objects);
  const listeners = graph.flatMap('listeners', gateways, ({ projections }) => projections);
  const listenersByParent = graph.index('listenersByParent', listeners, ({ parent }) => [
    `${parent.kind}/${parent.namespace}/${parent.name}`,
  ]);
  const listenerFilters = graph.flatMap('listenerFilters', gateways, ({ filters }) => filters);
  const listenersByHost = graph.index('listenersByHost', listeners, portHostOf);

  const legacy = declareLegacy(graph, objects, { settings, binds });

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
  const tcpProxies = graph.map('tcpProxies', streams, (stream) => tcpProxy(stream, settings));
  const chainsByPort = graph.index(
    'chainsByPort',
    graph.flatMap('routeChains', wanted, (claim, fetch) => routeChains(claim, fetch, streamReads)),
    portOfChain,
  );

  // Clusters, endpoints and secrets that something uses.
  const usedClusters = graph.index(
    'usesByCluster',
    graph.merge('clusterUses', [
      graph.flatMap('routeClusterUses', routes, (result, fetch) => clusterUses(result, fetch, attachments)),
      graph.flatMap('udpClusterUses', streams, udpClusterUses),
      graph.flatMap('gatewayClusterUses', gateways, gatewayClusterUses),
      legacy.clusterUses,
    ]),
    ({ cluster }) => [cluster.key],
  );
  const clusters = graph.map('clusters', usedClusters, ({ members }) => members[0]?.cluster);
  const slices = graph.index('slicesByService', objects.EndpointSlice, serviceOfSlice);
  const endpoints = graph.map(
    'endpoints',
    clusters,
    (cluster, fetch) => translateEndpoints(cluster, fetch, { settings, services, slices }),
  );
  const usedSecrets = graph.index(
    'usesBySecret',
    graph.merge('secretUses', [
      graph.flatMap('gatewaySecretUses', gateways, gatewaySecretUses),
      graph.flatMap(
        'routeSecretUses',
        routes,
        (result, fetch) => routeSecretUses(result, fetch, attachments),
      ),
      legacy.secretUses,
    ]),
    ({ use }) => [use.name],
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
      graph.flatMap('gatewayPorts', gateways, (gateway) => gateway.listeners),
      legacy.listeners,
    ]),
    (port, fetch) => withRouteChains(port, fetch, chainsByPort),
  );
  const routeConfigs = graph.merge('routeConfigs', [
    graph.flatMap('gatewayRouteConfigs', gateways, (gateway) => gateway.routeConfigs),
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
  const refusalReads = { routeSets, refusals, streamRefusals };
  const resources = graph.merge<Resource>('resources', [
    sentClusters,
    graph.map('xdsEndpoints', endpoints, encodeEndpoints),
    sentListeners,
    sentTcpProxies,
    graph.map(
      'xdsRouteConfigs',
      routeConfigs,
      (config, fetch) => sentRouteConfig(config, fetch, sentListeners),
    ),
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

  // Statuses and diagnostics: projections of the same results.
  const acceptedRoutes = graph.index(
    'acceptedRoutesByListener',
    graph.map(
      'acceptedRoutes',
      attachments,
      (attachment, fetch) => {
        const result = fetch.one(routes, attachment.key);
        const refused = result?.sets.some(({ set }) => routeRefusal(set.key, fetch, refusalReads));
        return result?.rejected === undefined && refused !== true ? attachment : undefined;
      },
    ),
    attachmentBuckets,
  );
  const gatewayReads = {
    attachments: acceptedRoutes,
    sent: sentListeners,
    delivered,
    addresses,
    infraFaults,
    installed,
  };
  const routeKinds: readonly Collection<AttachableRoute>[] = [
    objects.HTTPRoute,
    objects.GRPCRoute,
    ...l4Kinds,
  ];
  const routeReads = {
    attachments,
    results: routes,
    settings,
    refusal: (set: string, fetch: Fetch) => routeRefusal(set, fetch, refusalReads),
  };
  const ancestors = graph.index(
    'policyAncestorsByService',
    graph.merge('policyAncestorsOfAll', [
      graph.flatMap(
        'policyAncestors',
        routes,
        (result, fetch) =>
          policyAncestors(result, fetch, { attachments, listeners, tlsPolicies, trafficPolicies }),
      ),
      graph.flatMap(
        'filterAncestors',
        gateways,
        (result, fetch) => filterAncestors(result, fetch, { tlsPolicies, trafficPolicies }),
      ),
    ]),
    serviceOfAncestor,
  );
  const policyReads = { results: policies, tlsPolicies, services, ancestors };
  const trafficReads = {
    results: trafficResults,
    trafficPolicies,
    services,
    xBackends: objects.XBackend,
    ancestors,
  };
  const statuses = graph.merge<StatusResult>('statuses', [
    legacy.statuses,
    graph.map(
      'gatewayClassStatuses',
      objects.GatewayClass,
      (gatewayClass, fetch) => gatewayClassStatus(gatewayClass, fetch, { settings, classes, installed }),
    ),
    graph.map('gatewayStatuses', gateways, (result, fetch) => gatewayStatus(result, fetch, gatewayReads)),
    graph.flatMap(
      'listenerSetStatuses',
      gateways,
      (result, fetch) => listenerSetStatuses(result, fetch, gatewayReads),
    ),
    ...routeKinds.map((routes) =>
      graph.map(`${routes.name}Statuses`, routes, (route, fetch) => routeStatus(route, fetch, routeReads))
    ),
    graph.map(
      'policyStatuses',
      objects.BackendTLSPolicy,
      (policy, fetch) => backendTlsPolicyStatus(policy, fetch, policyReads),
    ),
    graph.map(
      'telemetryPolicyStatuses',
      objects.XTelemetryPolicy,
      (policy, fetch) =>
        telemetryPolicyStatus(policy, fetch, { results: telemetryResults, telemetryPolicies, gateways }),
    ),
    graph.map(
      'trafficPolicyStatuses',
      objects.XBackendTrafficPolicy,
      (policy, fetch) => trafficPolicyStatus(policy, fetch, trafficReads),
    ),
    graph.map(
      'xBackendStatuses',
      objects.XBackend,
      (backend, fetch) => xBackendStatus(backend, fetch, { results: xBackends, ancestors }),
    ),
  ]);
  const findings = graph.merge('findings', [
    legacy.findings,
    graph.flatMap(
      'telemetryFindings',
      telemetryResults,
      ({ key, diagnostics }) => findingsOf(`XTelemetryPolicy/${key}`, diagnostics),
    ),
    graph.flatMap(
      'gatewayFindings',
      gateways,
      ({ key, diagnostics }) => findingsOf(`Gateway/${key}`, diagnostics),
    ),
    graph.flatMap(
      'infraFindings',
      infraPlans,
      ({ key, diagnostics }) => findingsOf(`Gateway/${key}/infra`, diagnostics),
    ),
    graph.flatMap(
      'hostFindings',
      sentHosts,
      (host, fetch) => findingsOf(host.key, hostRefusals(host, fetch, virtualHosts)),
    ),
    graph.flatMap(
      'http3Findings',
      ports,
      (port, fetch) => findingsOf(port.key, http3Refusals(port, fetch, sentListeners)),
    ),
    graph.flatMap('streamFindings', streams, (stream) => findingsOf(stream.key, losses(stream))),
    graph.flatMap(
      'clusterRefusals',
      sentClusters,
      ({ key, refused }) => refused === undefined ? [] : findingsOf(key, [refused]),
    ),
    graph.flatMap(
      'secretRefusals',
      sentSecrets,
      (secret, fetch) => findingsOf(secret.key, secretRefusals(secret, fetch, refusals)),
    ),
    ...[
      graph.map(
        'unclaimedGateways',
        objects.Gateway,
        (gateway, fetch) =>
          unclaimedGateway(gateway, fetch, { settings, gatewayClasses: objects.GatewayClass }),
      ),
      graph.map(
        'unclaimedListenerSets',
        objects.ListenerSet,
        (set, fetch) => unclaimedListenerSet(set, fetch, { gateways: objects.Gateway }),
      ),
      ...routeKinds.map((routes) =>
        graph.map(
          `${routes.name}Diagnostics`,
          routes,
          (route, fetch) => routeDiagnostics(route, fetch, routeReads),
        )
      ),
      graph.map(
        'policyDiagnostics',
        objects.BackendTLSPolicy,
        (policy, fetch) => backendTlsPolicyDiagnostics(policy, fetch, policyReads),
      ),
      graph.map('xBackendDiagnostics', xBackends, xBackendDiagnostics),
      graph.map(
        'trafficPolicyDiagnostics',
        trafficResults,
        (result, fetch) => trafficPolicyDiagnostics(result, fetch, trafficReads),
      ),
      graph.map(
        'serviceDiagnostics',
        services,
        (service, fetch) => serviceDiagnostics(service, fetch, { settings, slices }),
      ),
    ].map((sets) =>
      graph.flatMap(`${sets.name}Findings`, sets, (set) => findingsOf(set.key, set.diagnostics))
    ),
  ]);
  const diagnostics = graph.map(
    'diagnostics',
    graph.index('findingsByObject', findings, objectOf),
    diagnosticSet,
  );

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
    clusters,
    endpoints,
    resources,
    memberships,
    statuses,
    diagnostics,
    infraPlans,
    infra,
  };
}

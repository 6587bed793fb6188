/** The last part of the dataflow: what objects are told, which are projections of all results before. */

import type { EndpointSlice } from '../lib/api/mod.ts';
import type { Resource } from '../lib/envoy/mod.ts';
import type { Graph } from '../lib/graph/mod.ts';
import type { Collection, Fetch, Index, Keyed } from '../lib/graph/types.ts';
import type { Cluster, Listener, RouteConfig, VirtualHost } from '../lib/model/mod.ts';
import type { AttachableRoute } from './attachment/attach.ts';
import { gatewayAncestors, policyAncestors, serviceOfAncestor } from './backend-tls-policy/ancestors.ts';
import { backendTlsPolicyDiagnostics, backendTlsPolicyStatus } from './backend-tls-policy/status.ts';
import type { BackendTlsPolicyResult } from './backend-tls-policy/translate.ts';
import { diagnosticSet, type Finding, findingsOf, objectOf } from './findings.ts';
import type { DiagnosticSet, RouteAttachment, RouteResult, StatusResult, Stream } from './flow.ts';
import { gatewayClassStatus, type OurGatewayClass } from './gateway-class/translate.ts';
import type { GatewayFlow } from './gateway/dataflow.ts';
import {
  attachmentBuckets,
  gatewayStatus,
  listenerSetStatus,
  programmedGateway,
  type SentListener,
} from './gateway/status.ts';
import { unclaimedGateway } from './gateway/unclaimed.ts';
import type { InfraPlan } from './infra/plan.ts';
import type { FeedbackInputs, ObjectInputs } from './inputs.ts';
import { legacyStatus } from './legacy/conditions.ts';
import type { LegacyFlow } from './legacy/dataflow.ts';
import { losses } from './l4-route/proxies.ts';
import { unclaimedListenerSet } from './listener-set/unclaimed.ts';
import { routeDiagnostics, routeStatus } from './route/status.ts';
import {
  checkRefusals,
  hostRefusals,
  http3Refusals,
  listenerRefusals,
  routeRefusal,
  type RouteRefusalReads,
  secretRefusals,
  type SentCluster,
  type SentRouteConfig,
  type SentTcpProxy,
  type SentVirtualHost,
  tcpProxyRefusals,
} from './sent.ts';
import { serviceDiagnostics } from './service/diagnostics.ts';
import { consulDiagnostics } from './service/endpoints.ts';
import type { Settings } from './settings.ts';
import { telemetryPolicyStatus } from './telemetry-policy/status.ts';
import type { TelemetryPolicyResult } from './telemetry-policy/translate.ts';
import { trafficPolicyDiagnostics, trafficPolicyStatus } from './traffic-policy/status.ts';
import type { TrafficPolicyResult } from './traffic-policy/translate.ts';
import { xBackendDiagnostics, xBackendStatus } from './x-backend/status.ts';
import type { XBackendResult } from './x-backend/translate.ts';

/** What statuses are projections of. */
export interface StatusSources {
  readonly settings: Settings;
  readonly objects: ObjectInputs;
  readonly feedback: FeedbackInputs;
  readonly policies: Collection<BackendTlsPolicyResult>;
  readonly tlsPolicies: Index<BackendTlsPolicyResult>;
  readonly xBackends: Collection<XBackendResult>;
  readonly trafficResults: Collection<TrafficPolicyResult>;
  readonly trafficPolicies: Index<TrafficPolicyResult>;
  readonly telemetryResults: Collection<TelemetryPolicyResult>;
  readonly telemetryPolicies: Index<TelemetryPolicyResult>;
  readonly classes: Collection<OurGatewayClass>;
  readonly gatewayFlow: Pick<GatewayFlow, 'gateways' | 'listeners' | 'ports' | 'listenerSets'>;
  readonly legacy: Pick<LegacyFlow, 'findings' | 'judged' | 'listeners' | 'tcpProxies'>;
  /** Of resources in annotations. */
  readonly legacyFindings: Collection<Finding>;
  readonly attachments: Collection<RouteAttachment>;
  readonly routes: Collection<RouteResult<Keyed>>;
  /** What Envoy refused, for routes. */
  readonly refusalReads: RouteRefusalReads;
  readonly streams: Collection<Stream>;
  readonly virtualHosts: Collection<VirtualHost>;
  readonly slices: Index<EndpointSlice>;
  readonly consulClusters: Index<Cluster>;
  readonly infraPlans: Collection<InfraPlan>;
  readonly ports: Collection<Listener>;
  readonly routeConfigs: Collection<RouteConfig>;
  readonly sentListeners: Collection<SentListener>;
  readonly sentRouteConfigs: Collection<SentRouteConfig>;
  readonly sentClusters: Collection<SentCluster>;
  readonly sentSecrets: Collection<Resource>;
  readonly sentTcpProxies: Collection<SentTcpProxy>;
  readonly sentHosts: Collection<SentVirtualHost>;
}

export interface StatusFlow {
  readonly statuses: Collection<StatusResult>;
  readonly diagnostics: Collection<DiagnosticSet>;
}

/** What all objects are told: diagnostics, and statuses. */
export function declareStatuses(graph: Graph, sources: StatusSources): StatusFlow {
  const { settings, objects, feedback, classes, gatewayFlow, legacy, attachments, routes } = sources;
  const { policies, tlsPolicies, xBackends, trafficResults, trafficPolicies } = sources;
  const { telemetryResults, telemetryPolicies, refusalReads, streams, virtualHosts } = sources;
  const { slices, consulClusters, infraPlans, ports, routeConfigs } = sources;
  const { sentListeners, sentRouteConfigs, sentClusters, sentSecrets, sentHosts, sentTcpProxies } = sources;
  const { gateways, listeners } = gatewayFlow;
  const { refusals, delivered, addresses, infraFaults, installed } = feedback;
  const services = objects.Service;
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
    ports: gatewayFlow.ports,
    sent: sentListeners,
    delivered,
    addresses,
    infraFaults,
    installed,
  };
  const programmed = graph.map(
    'programmedGateways',
    gateways,
    (result, fetch) => programmedGateway(result, fetch, gatewayReads),
  );
  const routeKinds: readonly Collection<AttachableRoute>[] = [
    objects.HTTPRoute,
    objects.GRPCRoute,
    objects.TLSRoute,
    objects.TCPRoute,
    objects.UDPRoute,
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
        'gatewayAncestors',
        gateways,
        (result, fetch) => gatewayAncestors(result, fetch, { tlsPolicies, trafficPolicies }),
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
  const findings = graph.merge('findings', [
    legacy.findings,
    sources.legacyFindings,
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
      ({ key, diagnostics }) => findingsOf(`${key}/infra`, diagnostics),
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
    graph.flatMap(
      'consulFindings',
      consulClusters,
      (bucket, fetch) =>
        findingsOf(`consul/${bucket.key}`, consulDiagnostics(bucket, fetch, feedback.consul)),
    ),
    graph.flatMap(
      'legacyListenerFindings',
      legacy.listeners,
      (port, fetch) => findingsOf(`${port.key}/chains`, listenerRefusals(port, fetch, sentListeners)),
    ),
    graph.flatMap(
      'legacyTcpProxyFindings',
      legacy.tcpProxies,
      (proxy, fetch) => findingsOf(proxy.key, tcpProxyRefusals(proxy, fetch, sentTcpProxies)),
    ),
    graph.flatMap(
      'checkFindings',
      routeConfigs,
      (config, fetch) => findingsOf(config.key, checkRefusals(config, fetch, sentRouteConfigs)),
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

  const statuses = graph.merge<StatusResult>('statuses', [
    graph.map(
      'legacyStatuses',
      legacy.judged,
      (judged, fetch) => legacyStatus(judged, fetch, diagnostics),
    ),
    graph.map(
      'gatewayClassStatuses',
      objects.GatewayClass,
      (gatewayClass, fetch) => gatewayClassStatus(gatewayClass, fetch, { settings, classes, installed }),
    ),
    graph.map(
      'gatewayStatuses',
      gateways,
      // One that is made up is nobody's to look at.
      (result, fetch) => fetch.one(objects.Gateway, result.key) && gatewayStatus(result, fetch, gatewayReads),
    ),
    graph.map(
      'listenerSetStatuses',
      gatewayFlow.listenerSets,
      (verdict, fetch) => listenerSetStatus(verdict, fetch, { ...gatewayReads, programmed }),
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
      (backend, fetch) => xBackendStatus(backend, fetch, { results: xBackends, ancestors, infraFaults }),
    ),
  ]);

  return { statuses, diagnostics };
}

/** A small graph of the route side, filled from YAML. For tests only. */

import { parseAllDocuments } from 'yaml';

import { decode } from '../../../lib/api/mod.ts';
import { createGraph } from '../../../lib/graph/mod.ts';
import type { Collection, Fetch, Graph, Input } from '../../../lib/graph/types.ts';
import type { Cluster, Endpoints, Route, VirtualHost } from '../../../lib/model/mod.ts';
import { attachRoute } from '../../attachment/attach.ts';
import { policyAncestors, serviceOfAncestor } from '../../backend-tls-policy/ancestors.ts';
import { backendTlsPolicyDiagnostics, backendTlsPolicyStatus } from '../../backend-tls-policy/status.ts';
import { policyTargets, translateBackendTlsPolicy } from '../../backend-tls-policy/translate.ts';
import type {
  DiagnosticSet,
  HostClaim,
  ListenerFilters,
  ListenerProjection,
  RouteAttachment,
  RouteResult,
  StatusResult,
} from '../../flow.ts';
import { declareFeedback, declareObjects, inputOf, type ObjectInputs } from '../../inputs.ts';
import { grantBuckets } from '../../reference-grant/granted.ts';
import { serviceDiagnostics } from '../../service/diagnostics.ts';
import { serviceOfSlice, translateEndpoints } from '../../service/endpoints.ts';
import type { Settings } from '../../settings.ts';
import {
  listenerClaims,
  listenerHostOf,
  portHostOf,
  routeClaims,
  virtualHostOf,
} from '../../virtual-host/claims.ts';
import { translateVirtualHost } from '../../virtual-host/translate.ts';
import { routeDiagnostics, type RouteRefusal, routeStatus } from '../../route/status.ts';
import { type TrafficPolicyResult, trafficTargets } from '../../traffic-policy/translate.ts';
import type { XBackendResult } from '../../x-backend/translate.ts';
import { translateHttpRoute } from '../translate.ts';

export interface RouteWorld {
  readonly graph: Graph;
  readonly objects: ObjectInputs;
  readonly listeners: Input<ListenerProjection>;
  readonly attachments: Collection<RouteAttachment>;
  readonly results: Collection<RouteResult>;
  readonly virtualHosts: Collection<VirtualHost>;
  readonly clusters: Collection<Cluster>;
  readonly endpoints: Collection<Endpoints>;
  readonly routeStatuses: Collection<StatusResult>;
  readonly routeDiagnostics: Collection<DiagnosticSet>;
  readonly policyStatuses: Collection<StatusResult>;
  readonly policyDiagnostics: Collection<DiagnosticSet>;
  readonly serviceDiagnostics: Collection<DiagnosticSet>;
  /** Sets the objects of a YAML text and commits. */
  apply(yaml: string): void;
}

export const STANDALONE: Settings = {
  mode: 'standalone',
  bind: '127.0.0.1',
  privilegedPortShift: 0,
  allowLocalBackends: true,
};

export const KUBERNETES: Settings = { ...STANDALONE, mode: 'kubernetes', allowLocalBackends: false };

export interface WorldOptions {
  readonly settings?: Settings;
  readonly listeners?: readonly ListenerProjection[];
  readonly refusal?: (routeSet: string, fetch: Fetch) => RouteRefusal | undefined;
}

/** A listener of Gateway `default/eg` on port 80 that takes HTTPRoutes of all namespaces, but for what is given. */
export function listener(given: Partial<ListenerProjection> = {}): ListenerProjection {
  const { section = 'http', port = 80 } = given;
  const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default', name: 'eg' };
  const parent = given.parent ?? gateway;
  return {
    key: `${parent.kind}/${parent.namespace}/${parent.name}/${section}`,
    parent,
    gateway,
    fleet: 'standalone',
    section,
    port,
    publicPort: port,
    protocol: 'HTTP',
    kinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
    namespaces: { from: 'All' },
    routeConfig: `default/eg/${port}`,
    accepted: true,
    ...given,
  };
}

export function routeWorld(yaml: string, options: WorldOptions = {}): RouteWorld {
  const { settings = STANDALONE, refusal } = options;
  const graph = createGraph({
    onFault: ({ error }) => {
      throw error;
    },
  });
  const objects = declareObjects(graph);
  const { installed, consul } = declareFeedback(graph);
  const listeners = graph.input<ListenerProjection>('listeners');
  const listenerFilters = graph.input<ListenerFilters>('listenerFilters');
  const grants = graph.index('grants', objects.ReferenceGrant, grantBuckets);
  const slices = graph.index('slices', objects.EndpointSlice, serviceOfSlice);
  const listenersByParent = graph.index('listenersByParent', listeners, ({ parent }) => [
    `${parent.kind}/${parent.namespace}/${parent.name}`,
  ]);
  const listenersByHost = graph.index('listenersByHost', listeners, portHostOf);
  const policies = graph.map(
    'policies',
    objects.BackendTLSPolicy,
    (policy, fetch) =>
      translateBackendTlsPolicy(policy, fetch, {
        settings,
        installed,
        grants,
        secrets: objects.Secret,
        configMaps: objects.ConfigMap,
        clusterTrustBundles: objects.ClusterTrustBundle,
      }),
  );
  const xBackends = graph.input<XBackendResult>('xBackends');
  const trafficPolicies = graph.index(
    'trafficPolicies',
    graph.input<TrafficPolicyResult>('xBackendTrafficPolicies'),
    trafficTargets,
  );
  const tlsPolicies = graph.index('tlsPolicies', policies, policyTargets);
  const attachments = graph.map(
    'attachments',
    objects.HTTPRoute,
    (route, fetch) =>
      attachRoute(route, fetch, { listeners, listenersByParent, namespaces: objects.Namespace }),
  );
  const results = graph.map(
    'results',
    objects.HTTPRoute,
    (route, fetch) =>
      translateHttpRoute(route, fetch, {
        settings,
        attachments,
        services: objects.Service,
        grants,
        tlsPolicies,
        xBackends,
        trafficPolicies,
      }),
  );
  const claims: Collection<HostClaim> = graph.merge('claims', [
    graph.flatMap('listenerClaims', listeners, listenerClaims),
    graph.flatMap('routeClaims', attachments, routeClaims),
  ]);
  const hosts = graph.index('hosts', claims, virtualHostOf);
  const claimsByListenerHost = graph.index('claimsByListenerHost', claims, listenerHostOf);
  const virtualHosts = graph.map(
    'virtualHosts',
    hosts,
    (bucket, fetch) =>
      translateVirtualHost(bucket, fetch, { listenersByHost, claimsByListenerHost, listenerFilters }),
  );
  const uses = graph.flatMap(
    'clusterUses',
    results,
    ({ key, sets }) =>
      sets.flatMap(({ clusters }) => clusters.map((cluster) => ({ key: `${cluster.key}|${key}`, cluster }))),
  );
  const clusters = graph.map(
    'clusters',
    graph.index('usesByCluster', uses, (use) => [use.cluster.key]),
    ({ members }) => members[0]?.cluster,
  );
  const endpoints = graph.map(
    'endpoints',
    clusters,
    (cluster, fetch) =>
      translateEndpoints(cluster, fetch, { settings, services: objects.Service, slices, consul }),
  );
  const ancestors = graph.index(
    'ancestorsByService',
    graph.flatMap(
      'ancestors',
      results,
      (result, fetch) =>
        policyAncestors(result, fetch, { attachments, listeners, tlsPolicies, trafficPolicies }),
    ),
    serviceOfAncestor,
  );
  const statusReads = { attachments, results, settings, ...(refusal === undefined ? {} : { refusal }) };
  const policyReads = { results: policies, tlsPolicies, services: objects.Service, ancestors };
  const world: RouteWorld = {
    graph,
    objects,
    listeners,
    attachments,
    results,
    virtualHosts,
    clusters,
    endpoints,
    routeStatuses: graph.map(
      'routeStatuses',
      objects.HTTPRoute,
      (route, fetch) => routeStatus(route, fetch, statusReads),
    ),
    routeDiagnostics: graph.map(
      'routeDiagnostics',
      objects.HTTPRoute,
      (route, fetch) => routeDiagnostics(route, fetch, statusReads),
    ),
    policyStatuses: graph.map(
      'policyStatuses',
      objects.BackendTLSPolicy,
      (policy, fetch) => backendTlsPolicyStatus(policy, fetch, policyReads),
    ),
    policyDiagnostics: graph.map(
      'policyDiagnostics',
      objects.BackendTLSPolicy,
      (policy, fetch) => backendTlsPolicyDiagnostics(policy, fetch, policyReads),
    ),
    serviceDiagnostics: graph.map(
      'serviceDiagnostics',
      objects.Service,
      (service, fetch) => serviceDiagnostics(service, fetch, { settings, slices }),
    ),
    apply: (text) => {
      for (const document of parseAllDocuments(text)) set(objects, document.toJS());
      graph.commit();
    },
  };
  for (const projection of options.listeners ?? [listener()]) listeners.set(projection);
  world.apply(yaml);
  return world;
}

function set(objects: ObjectInputs, manifest: unknown): void {
  const { object, problems } = decode(manifest);
  const input = object === undefined ? undefined : inputOf(objects, object.kind);
  if (object === undefined || input === undefined) {
    throw new Error(`bad test data: ${JSON.stringify(problems)}`);
  }
  input.set(object);
}

/** A Service with ports `name=number` or numbers, and more of a spec as it is. */
export function service(name: string, ...ports: readonly (string | number)[]): string {
  const list = ports.map((port) => {
    const [first = '', second] = String(port).split('=');
    return second === undefined ? `{ port: ${first} }` : `{ name: ${first}, port: ${second} }`;
  });
  const [namespace, own] = name.includes('/') ? name.split('/') : ['default', name];
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${own}, namespace: ${namespace} }
spec: { ports: [${list.join(', ')}] }
`;
}

/** An HTTPRoute `default/web` on Gateway `eg` with rules in YAML, indented as a list. */
export function httpRoute(rules: string, name = 'web'): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: default, generation: 7 }
spec:
  parentRefs: [{ name: eg }]
  rules:
${rules}
`;
}

/** The routes of the default variant of `default/web`. */
export function routesOf(world: RouteWorld, name = 'web'): readonly Route[] {
  return world.results.get(`HTTPRoute/default/${name}`)?.sets[0]?.set.routes ?? [];
}

/** `type=status/reason@observedGeneration` of each condition of the first parent of a route. */
export function conditionsOf(world: RouteWorld, name = 'web'): readonly string[] {
  const status = world.routeStatuses.get(`HTTPRoute/default/${name}`)?.status as {
    readonly parents: readonly {
      readonly conditions: readonly {
        readonly type: string;
        readonly status: string;
        readonly reason: string;
        readonly observedGeneration: number;
      }[];
    }[];
  };
  return (status.parents[0]?.conditions ?? []).map(({ type, status, reason, observedGeneration }) =>
    `${type}=${status}/${reason}@${observedGeneration}`
  );
}

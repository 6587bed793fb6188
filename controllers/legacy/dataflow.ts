/** The part of the dataflow that legacy resources add: what they become is merged with what Gateways and routes become. */

import { isServed, type LegacyObject } from '../../lib/api/legacy/mod.ts';
import type { KubeObject, Unreadable } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Graph, Index, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Listener, RouteConfig, RouteSet, TcpProxy, VirtualHost } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type {
  ClusterUse,
  FleetSecretUse,
  HostClaim,
  ListenerProjection,
  SecretUse,
  Use,
  Wait,
} from '../flow.ts';
import type { GatewayBind } from '../gateway/binds.ts';
import type { ObjectCollections } from '../inputs.ts';
import { waitsOf } from '../uses.ts';
import { isTold, type Judged, judgedObjects } from './conditions.ts';
import { contextDiagnostics } from './contexts.ts';
import { declareChecks } from './dataflow-checks.ts';
import { declareMappings } from './dataflow-mappings.ts';
import { declareNamed } from './dataflow-named.ts';
import { declarePorts } from './dataflow-ports.ts';
import { declareTelemetry } from './dataflow-telemetry.ts';
import { nameOf } from './first-served.ts';
import type { LegacyPort, ServedBy, ServicePortWish } from './flow.ts';
import type { LegacyOutcomes } from './outcomes.ts';
import { type PlacementReads, placeOfListener } from './placement.ts';
import { moduleDiagnostics } from './port-filters.ts';
import { legacySettings } from './settings.ts';
import { sharedTable } from './sharing.ts';
import { type Rivalry, supersededFindings } from './superseded.ts';
import { isKept, unreadableJudged } from './unreadable.ts';
import { untranslatedDiagnostics, untranslatedIn } from './untranslated.ts';

export interface LegacyReads extends PlacementReads {
  /** Of this installation. */
  readonly unreadable: Collection<Unreadable>;
  readonly binds: Index<GatewayBind>;
  /** Of Gateways, by the table of routes of their port. */
  readonly listenersByRouteConfig: Index<ListenerProjection>;
}

export interface LegacyFlow {
  readonly listeners: Collection<Listener>;
  readonly routeConfigs: Collection<RouteConfig>;
  readonly routeSets: Collection<RouteSet>;
  readonly virtualHosts: Collection<VirtualHost>;
  readonly tcpProxies: Collection<TcpProxy>;
  /** Of listeners of Gateways whose ports are shared. */
  readonly claims: Collection<HostClaim>;
  /** Ports of Gateways that are shared, by their tables of routes. */
  readonly sharedPorts: Index<LegacyPort>;
  /** What the Services of Gateways are to open. */
  readonly servicePorts: Collection<ServicePortWish>;
  readonly clusterUses: Collection<ClusterUse>;
  readonly secretUses: Collection<FleetSecretUse>;
  /** For what is asked about all requests. */
  readonly waits: Collection<Wait>;
  /** Objects that have a status; what is wrong with them is known once all is. */
  readonly judged: Collection<Judged>;
  readonly findings: Collection<Finding>;
  readonly outcomes: LegacyOutcomes;
}

export function declareLegacy(
  graph: Graph,
  objects: ObjectCollections,
  reads: LegacyReads,
): LegacyFlow {
  const { settings } = reads;
  const legacy = legacySettings(settings);
  const named = declareNamed(graph, objects, legacy);
  const sources = { settings, legacy, services: objects.Service, secrets: objects.Secret };
  const telemetry = declareTelemetry(graph, objects, { ...sources, ...named });
  const unkept = graph.map(
    'legacyUnreadableUnkept',
    reads.unreadable,
    (each, fetch) => isKept(each, fetch, objects) ? undefined : each,
  );
  const { checks, limitDomains, ...checked } = declareChecks(graph, objects, {
    ...sources,
    ...named,
    unreadable: unkept,
  });
  const ports = declarePorts(graph, objects, { ...reads, ...sources, named, telemetry, checks });
  const mappings = declareMappings(graph, objects, {
    ...sources,
    named,
    ports,
    checks,
    limitDomains,
    listenersByRouteConfig: reads.listenersByRouteConfig,
  });

  // Proxies get what they use and nothing else.
  const users = graph.merge<ClusterUser>('legacyClusterUsers', [
    graph.map('legacyGroupsAsUsers', mappings.groups, clusterUser),
    graph.map('legacyTcpGroupsAsUsers', ports.tcpGroups, clusterUser),
    graph.map('legacyProbesAsUsers', mappings.probes, clusterUser),
  ]);
  const servedUsers = graph.merge<ServedBy>('legacyServedUsers', [mappings.served, ports.served]);
  const fleets = graph.map(
    'legacyFleets',
    graph.index('legacyTablesByFleet', ports.routeConfigs, ({ fleet }) => [fleet]),
    ({ key }): Keyed => ({ key }),
  );
  const allFleets = (fetch: Fetch): readonly string[] => fetch.all(fleets).map(({ key }) => key);
  const asked = graph.merge('legacyAsking', [checked.asking, telemetry.asking]);
  const waits = graph.flatMap(
    'legacyWaits',
    checked.asking,
    ({ key, timeout }, fetch) => waitsOf({ stage: key, user: 'legacy', fleets: allFleets(fetch) }, timeout),
  );
  const clusterUses = graph.merge('legacyClusterUses', [
    graph.flatMap(
      'legacyUserClusters',
      users,
      ({ key, clusters }, fetch): readonly ClusterUse[] =>
        clusterUsesOf(key, clusters, { fleets: fetch.one(servedUsers, key)?.fleets ?? [] }),
    ),
    graph.flatMap(
      'legacyAskedClusters',
      asked,
      ({ key, clusters, timeout }, fetch): readonly ClusterUse[] =>
        clusterUsesOf(key, clusters, { fleets: allFleets(fetch), patience: timeout }),
    ),
  ]);
  const secretUses = graph.merge('legacySecretUses', [
    graph.flatMap(
      'legacyUserSecrets',
      users,
      ({ key, secrets }, fetch): readonly FleetSecretUse[] =>
        secretUsesOf(key, secrets, { fleets: fetch.one(servedUsers, key)?.fleets ?? [] }),
    ),
    graph.flatMap(
      'legacyHostSecrets',
      ports.hosts,
      ({ key, secrets }, fetch): readonly FleetSecretUse[] =>
        secretUsesOf(`Host/${key}`, secrets, { fleets: fetch.one(ports.terminated, key)?.fleets ?? [] }),
    ),
    graph.flatMap(
      'legacyAskedSecrets',
      asked,
      ({ key, secrets, timeout }, fetch): readonly FleetSecretUse[] =>
        secretUsesOf(key, secrets, { fleets: allFleets(fetch), patience: timeout }),
    ),
  ]);

  const untranslated = graph.flatMap(
    'legacyUntranslated',
    graph.merge<KubeObject>('legacyObjectsOfAll', untranslatedIn(graph, objects, legacy)),
    untranslatedDiagnostics,
  );
  const unreadable = graph.map(
    'legacyUnreadableJudged',
    reads.unreadable,
    (each, fetch) => unreadableJudged(each, isKept(each, fetch, objects)),
  );
  const listed = graph.merge<Judged>('legacyListed', [
    graph.map(
      'legacyReadableJudged',
      graph.merge<Judged>('legacyReadable', [
        ...judgedObjects(graph, objects, (object) => isServed(object, legacy)),
        mappings.judged,
        ports.judged,
      ]),
      (each, fetch) => fetch.one(unreadable, each.key) === undefined ? each : undefined,
    ),
    unreadable,
  ]);
  const judged = graph.map('legacyJudged', listed, (each) => isTold(each) ? each : undefined);
  const rivals = <K extends KubeObject & LegacyObject>(
    from: Collection<K>,
    { same = nameOf, what = 'name', field = 'metadata.name' }: Partial<Rivalry<K>> = {},
  ): Collection<Finding> =>
    supersededFindings(graph, { from, isServed: (each) => isServed(each, legacy), same, what, field });
  const findings = graph.merge('legacyFindings', [
    rivals(objects.Host),
    rivals(objects.TLSContext),
    rivals(objects.Module),
    rivals(objects.Listener, {
      same: (listener) => placeOfListener(listener, settings),
      what: 'port',
      field: 'spec.port',
    }),
    graph.flatMap(
      'legacyModuleFindings',
      named.modules,
      ({ key, module }) => findingsOf(`Module/${key}`, moduleDiagnostics(module, settings)),
    ),
    graph.flatMap(
      'legacyContextFindings',
      named.contexts,
      (each, fetch) =>
        findingsOf(`TLSContext/${each.key}`, contextDiagnostics(each, fetch, { ...sources, ...named })),
    ),
    ports.findings,
    mappings.findings,
    checked.findings,
    telemetry.findings,
    graph.flatMap(
      'legacyUntranslatedFindings',
      untranslated,
      ({ key, diagnostic }) => findingsOf(key, [diagnostic]),
    ),
  ]);
  return {
    listeners: ports.listeners,
    routeConfigs: ports.routeConfigs,
    routeSets: mappings.routeSets,
    virtualHosts: mappings.virtualHosts,
    tcpProxies: ports.tcpProxies,
    claims: mappings.claims,
    sharedPorts: graph.index('legacyPortsByTable', ports.ports, sharedTable),
    servicePorts: ports.servicePorts,
    clusterUses,
    secretUses,
    waits,
    judged,
    findings,
    outcomes: {
      ...ports.outcomes,
      ...mappings.outcomes,
      judged,
      listed,
      checks,
      auth: checked.auth,
      rateLimits: checked.rateLimits,
      tracings: telemetry.tracings,
      logs: telemetry.logs,
      ...named,
    },
  };
}

/** Whoever has clusters and secrets. */
interface ClusterUser extends Keyed {
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
}

function clusterUser({ key, clusters, secrets }: ClusterUser): ClusterUser {
  return { key, clusters, secrets };
}

type Places = Pick<Use, 'fleets' | 'patience'>;

function clusterUsesOf(user: string, clusters: readonly Cluster[], places: Places): readonly ClusterUse[] {
  return places.fleets.length === 0
    ? []
    : clusters.map((cluster) => ({ key: `${cluster.key}|${user}`, cluster, ...places }));
}

function secretUsesOf(
  user: string,
  secrets: readonly SecretUse[],
  places: Places,
): readonly FleetSecretUse[] {
  return places.fleets.length === 0
    ? []
    : secrets.map((use) => ({ key: `${use.name}|${user}`, use, ...places }));
}

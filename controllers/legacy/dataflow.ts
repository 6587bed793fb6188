/** The part of the dataflow that legacy resources add: what they become is merged with what Gateways and routes become. */

import { isServed, type LegacyObject, type Module } from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph, Index, Keyed } from '../../lib/graph/types.ts';
import type { Listener, RouteConfig, RouteSet, VirtualHost } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { StatusResult } from '../flow.ts';
import type { GatewayBind } from '../gateway/binds.ts';
import type { ObjectInputs } from '../inputs.ts';
import { type Settings, STANDALONE_FLEET } from '../settings.ts';
import type { ClusterUse, FleetSecretUse } from '../uses.ts';
import type { NamedContext, Need } from './flow.ts';
import { translateGroup } from './groups.ts';
import { translateHost } from './hosts.ts';
import { needOf, rejection } from './insecure.ts';
import { mappingEntry } from './mappings.ts';
import {
  hostAtSites,
  legacyListener,
  legacyRouteConfigs,
  portDiagnostics,
  portOf,
  sitesOf,
} from './ports.ts';
import { legacySettings, type NamedModule } from './settings.ts';
import {
  annotationDiagnostics,
  hostStatus,
  mappingDiagnostics,
  mappingStatus,
  unservedDiagnostics,
} from './status.ts';
import { guardOf, untranslatedDiagnostics, untranslatedIn } from './untranslated.ts';
import { groupDomains, groupFile, hostDomains, hostFile, translateDomain } from './virtual-hosts.ts';

export interface LegacyReads {
  readonly settings: Settings;
  readonly binds: Index<GatewayBind>;
}

export interface LegacyFlow {
  readonly listeners: Collection<Listener>;
  readonly routeConfigs: Collection<RouteConfig>;
  readonly routeSets: Collection<RouteSet>;
  readonly virtualHosts: Collection<VirtualHost>;
  readonly clusterUses: Collection<ClusterUse>;
  readonly secretUses: Collection<FleetSecretUse>;
  readonly statuses: Collection<StatusResult>;
  readonly findings: Collection<Finding>;
}

export function declareLegacy(
  graph: Graph,
  objects: ObjectInputs,
  { settings, binds }: LegacyReads,
): LegacyFlow {
  const legacy = legacySettings(settings);
  const { services, secrets } = { services: objects.Service, secrets: objects.Secret };
  /** Of several in different namespaces with one name, or one port, the first is used. */
  const firstOf = <K extends KubeObject & LegacyObject>(
    from: Collection<K>,
    same: (object: K) => string,
  ): Collection<K> =>
    graph.map(
      `legacy${from.name}Used`,
      graph.index(`legacy${from.name}Served`, from, (each) => isServed(each, legacy) ? [same(each)] : []),
      ({ members }) => members[0],
    );
  const nameOf = ({ metadata }: KubeObject): string => metadata.name;

  const modules = graph.map(
    'legacyModules',
    graph.index(
      'legacyModulesByName',
      objects.Module,
      (each: Module) => isServed(each, legacy) ? [each.metadata.name] : [],
    ),
    ({ key, members: [module] }): NamedModule | undefined => module && { key, module },
  );
  const contexts = graph.map(
    'legacyContexts',
    graph.index(
      'legacyContextsByName',
      objects.TLSContext,
      (each) => isServed(each, legacy) ? [each.metadata.name] : [],
    ),
    ({ key, members: [context] }): NamedContext | undefined => context && { key, context },
  );
  const resolvers = graph.map(
    'legacyResolvers',
    graph.index(
      'legacyResolversByName',
      graph.merge<KubeObject>('legacyResolversOfAll', [
        graph.map('legacyServiceResolvers', objects.KubernetesServiceResolver, keyedByKind),
        graph.map('legacyEndpointResolvers', objects.KubernetesEndpointResolver, keyedByKind),
        graph.map('legacyConsulResolvers', objects.ConsulResolver, keyedByKind),
      ]),
      (each) => [nameOf(each)],
    ),
    ({ key, members: [resolver] }) => resolver && { key, kind: resolver.kind },
  );

  // Hosts, and where Listeners have them.
  const tls = { secrets, contexts };
  const hosts = graph.map(
    'legacyHosts',
    firstOf(objects.Host, nameOf),
    (host, fetch) => translateHost(host, fetch, tls),
  );
  const ports = graph.map(
    'legacyPorts',
    firstOf(objects.Listener, ({ spec }) => String(spec.port)),
    (listener) => portOf(listener, settings),
  );
  const sites = graph.flatMap('legacySites', ports, (port) => sitesOf(port, settings));
  const atSites = graph.flatMap(
    'legacyHostsAtSites',
    hosts,
    (host, fetch) => hostAtSites(host, fetch, { sites, legacy }),
  );
  const needs = graph.map(
    'legacyNeeds',
    graph.index('legacyNeedsByKind', atSites, needOf),
    ({ key }): Need => ({ key: key as Need['key'] }),
  );
  const portReads = {
    settings,
    modules,
    binds,
    hostsBySite: graph.index('legacyHostsBySite', atSites, ({ site }) => [site.key]),
  };
  const listeners = graph.map(
    'legacyListeners',
    ports,
    (port, fetch) => legacyListener(port, fetch, portReads),
  );
  const routeConfigs = graph.flatMap('legacyRouteConfigs', listeners, legacyRouteConfigs);

  // Mappings, by what they match.
  const selecting = graph.map('legacySelectingHosts', hosts, (host) => host.selector && host);
  const entries = graph.map(
    'legacyMappings',
    graph.map('legacyMappingsServed', objects.Mapping, (each) => isServed(each, legacy) ? each : undefined),
    (mapping, fetch) => mappingEntry(mapping, fetch, { modules, selecting, resolvers, legacy }),
  );
  const untranslated = graph.flatMap(
    'legacyUntranslated',
    graph.merge<KubeObject>('legacyObjectsOfAll', untranslatedIn(graph, objects, legacy)),
    untranslatedDiagnostics,
  );
  const guards = graph.flatMap('legacyGuards', untranslated, guardOf);
  const byGroup = graph.index(
    'legacyMappingsByGroup',
    entries,
    ({ group }) => group === undefined ? [] : [group],
  );
  const groups = graph.map(
    'legacyGroups',
    byGroup,
    (bucket, fetch) =>
      translateGroup(bucket, fetch, {
        settings,
        legacy,
        services,
        secrets,
        contexts,
        modules,
        needs,
        guards,
      }),
  );
  const places = graph.map('legacyPlaces', groups, ({ place }) => place);
  const hostReads = {
    sites,
    legacy,
    hosts: graph.index('legacyHostsByFile', atSites, hostFile),
    groups: graph.index('legacyGroupsByFile', places, groupFile),
  };
  const claims = graph.merge('legacyDomainClaims', [
    graph.flatMap('legacyHostDomains', atSites, hostDomains),
    graph.flatMap(
      'legacyGroupDomains',
      graph.index('legacyGroupsByDomain', places, ({ domain }) => [domain]),
      (bucket, fetch) => groupDomains(bucket, fetch, hostReads),
    ),
  ]);
  const virtualHosts = graph.map(
    'legacyVirtualHosts',
    graph.index('legacyClaimsByDomain', claims, ({ site, domain }) => [`${site}/${domain}`]),
    (bucket, fetch) => translateDomain(bucket, fetch, hostReads),
  );

  const served = graph.map(
    'legacyServedGroups',
    graph.index(
      'legacyHostsByGroup',
      virtualHosts,
      ({ members }) => [...new Set(members.map(({ routes }) => routes.replace(/\+.*$/, '')))],
    ),
    ({ key }): Keyed => ({ key }),
  );

  const routeSets = graph.merge('legacyRouteSets', [
    graph.flatMap('legacyGroupSets', groups, ({ sets }) => sets),
    graph.map('legacyRejections', needs, rejection),
  ]);
  const fleets = [STANDALONE_FLEET];
  const clusterUses = graph.flatMap(
    'legacyClusterUses',
    groups,
    ({ key, clusters }): readonly ClusterUse[] =>
      settings.mode === 'kubernetes'
        ? []
        : clusters.map((cluster) => ({ key: `${cluster.key}|${key}`, cluster, fleets })),
  );
  const secretUses = graph.merge('legacySecretUses', [
    graph.flatMap(
      'legacyGroupSecrets',
      groups,
      ({ key, secrets }): readonly FleetSecretUse[] =>
        secrets.map((use) => ({ key: `${use.name}|${key}`, use, fleets })),
    ),
    graph.flatMap(
      'legacyHostSecrets',
      hosts,
      ({ key, secrets }): readonly FleetSecretUse[] =>
        secrets.map((use) => ({ key: `${use.name}|Host/${key}`, use, fleets })),
    ),
  ]);

  const groupsByMapping = graph.index('legacyGroupsByMapping', groups, ({ dropped }) => Object.keys(dropped));
  const statuses = graph.merge<StatusResult>('legacyStatuses', [
    graph.map(
      'legacyMappingStatuses',
      entries,
      (entry, fetch) => mappingStatus(entry, fetch, groupsByMapping),
    ),
    graph.map('legacyHostStatuses', hosts, hostStatus),
  ]);
  const findings = graph.merge('legacyFindings', [
    graph.flatMap(
      'legacyMappingFindings',
      entries,
      (entry) => findingsOf(`Mapping/${entry.key}`, mappingDiagnostics(entry)),
    ),
    graph.flatMap(
      'legacyGroupFindings',
      groups,
      (group, fetch) =>
        findingsOf(`${group.key}/group`, [
          ...group.diagnostics,
          ...unservedDiagnostics(group, fetch, served),
        ]),
    ),
    graph.flatMap(
      'legacyAnnotationFindings',
      services,
      (service) => findingsOf(`Service/${service.key}`, annotationDiagnostics(service)),
    ),
    graph.flatMap(
      'legacyHostFindings',
      hosts,
      ({ key, diagnostics }) => findingsOf(`Host/${key}`, diagnostics),
    ),
    graph.flatMap(
      'legacyPortFindings',
      ports,
      (port, fetch) => findingsOf(port.key, portDiagnostics(port, fetch, portReads)),
    ),
    graph.flatMap(
      'legacyUntranslatedFindings',
      untranslated,
      ({ key, diagnostic }) => findingsOf(key, [diagnostic]),
    ),
  ]);
  return { listeners, routeConfigs, routeSets, virtualHosts, clusterUses, secretUses, statuses, findings };

  function keyedByKind(object: KubeObject): KubeObject | undefined {
    return isServed(object as LegacyObject, legacy)
      ? { ...object, key: `${object.kind}/${object.key}` }
      : undefined;
  }
}

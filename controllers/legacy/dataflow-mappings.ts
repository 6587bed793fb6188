/** The part of the legacy dataflow that is about Mappings: groups of them, and the domains where they are served. */

import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Secret, Service } from '../../lib/api/mod.ts';
import type { Collection, Graph, Index, Keyed } from '../../lib/graph/types.ts';
import type { RouteSet, VirtualHost } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { HostClaim, ListenerProjection } from '../flow.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { Settings } from '../settings.ts';
import type { Judged } from './conditions.ts';
import type { ChecksFlow } from './dataflow-checks.ts';
import type { NamedFlow } from './dataflow-named.ts';
import type { PortsFlow } from './dataflow-ports.ts';
import { allServed } from './first-served.ts';
import { fleetsOf, type ServedBy } from './flow.ts';
import { type GroupResult, translateGroup } from './groups.ts';
import { rejection } from './insecure.ts';
import { mappingEntry } from './mappings.ts';
import type { LegacyOutcomes } from './outcomes.ts';
import { type ProbeResult, probesOf } from './probes.ts';
import { isShut, ownDomain, sharedClaims } from './sharing.ts';
import { mappingDiagnostics, mappingState, shutDiagnostics, unservedDiagnostics } from './status.ts';
import { groupDomains, groupFile, hostDomains, hostFile, translateDomain } from './virtual-hosts.ts';

export interface MappingsReads extends Pick<ChecksFlow, 'checks' | 'limitDomains'> {
  readonly settings: Settings;
  readonly legacy: LegacySettings;
  readonly services: Collection<Service>;
  readonly secrets: Collection<Secret>;
  readonly named: NamedFlow;
  readonly ports: Pick<PortsFlow, 'hosts' | 'sites' | 'atSites' | 'needs' | 'routeConfigs'>;
  /** Of Gateways, by the table of routes of their port. */
  readonly listenersByRouteConfig: Index<ListenerProjection>;
}

export interface MappingsFlow {
  readonly groups: Collection<GroupResult>;
  readonly probes: Collection<ProbeResult>;
  readonly routeSets: Collection<RouteSet>;
  readonly virtualHosts: Collection<VirtualHost>;
  /** Of listeners of Gateways whose ports are shared. */
  readonly claims: Collection<HostClaim>;
  /** Where groups and probes are served. */
  readonly served: Collection<ServedBy>;
  readonly judged: Collection<Judged>;
  readonly findings: Collection<Finding>;
  readonly outcomes: Pick<
    LegacyOutcomes,
    'entries' | 'groups' | 'entriesByGroup' | 'domainsByGroup' | 'shutDomains' | 'shutHosts'
  >;
}

export function declareMappings(
  graph: Graph,
  objects: ObjectCollections,
  reads: MappingsReads,
): MappingsFlow {
  const { settings, legacy, services, secrets, checks, limitDomains } = reads;
  const { modules, contexts, resolvers, circuitBreakers, outlierDetections } = reads.named;
  const { hosts, sites, atSites, needs } = reads.ports;
  const tls = { secrets, contexts, modules };
  const resolving = { settings, modules, resolvers };

  const selecting = graph.map('legacySelectingHosts', hosts, (host) => host.selector && host);
  const entries = graph.map(
    'legacyMappings',
    allServed(graph, objects.Mapping, { name: 'legacyMappingsServed', legacy }),
    (mapping, fetch) => mappingEntry(mapping, fetch, { modules, selecting, resolvers, legacy }),
  );
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
        ...resolving,
        ...tls,
        circuitBreakers,
        outlierDetections,
        legacy,
        services,
        needs,
        limitDomains,
      }),
  );
  const probes = graph.flatMap(
    'legacyProbes',
    graph.index('legacySitesOfAll', sites, () => ['probes']),
    (bucket, fetch) => probesOf(bucket, fetch, { ...resolving, ...tls, legacy, services }),
  );
  const places = graph.merge('legacyPlaces', [
    graph.map('legacyGroupPlaces', groups, ({ place }) => place),
    graph.map('legacyProbePlaces', probes, ({ place }) => place),
  ]);
  const hostReads = {
    sites,
    legacy,
    modules: resolving.modules,
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
  const domains = graph.map(
    'legacyDomains',
    graph.index('legacyClaimsByDomain', claims, ({ site, domain }) => [`${site}/${domain}`]),
    (bucket, fetch) => translateDomain(bucket, fetch, hostReads),
  );
  const tables = graph.map('legacyTables', reads.ports.routeConfigs, ({ key }): Keyed => ({ key }));
  const virtualHosts = graph.map(
    'legacyVirtualHosts',
    domains,
    (domain, fetch) => ownDomain(domain, fetch, tables),
  );
  const sharing = { sites, listeners: reads.listenersByRouteConfig, checks };
  const claimsOfGateways = graph.flatMap(
    'legacyClaims',
    domains,
    (domain, fetch) => sharedClaims(domain, fetch, sharing),
  );
  const shutDomains = graph.map(
    'legacyShutDomains',
    domains,
    ({ key, domain, routeConfig }, fetch): Keyed | undefined => {
      const shares = fetch.one(sites, routeConfig)?.shares;
      return isShut({ shares, domain }, fetch, reads.listenersByRouteConfig) ? { key } : undefined;
    },
  );
  const shutHosts = graph.map(
    'legacyShutHosts',
    atSites,
    ({ key, site: { shares }, host: { hostname } }, fetch): Keyed | undefined =>
      isShut({ shares, domain: hostname }, fetch, reads.listenersByRouteConfig) ? { key } : undefined,
  );
  // Who serves what, so that proxies get what they use and nothing else.
  const domainsByGroup = graph.index(
    'legacyDomainsByGroup',
    domains,
    ({ members }) => [...new Set(members.map(({ routes }) => routes.replace(/\+.*$/, '')))],
  );
  const served = graph.map(
    'legacyServedGroups',
    domainsByGroup,
    ({ key, members }, fetch): ServedBy => ({
      key,
      fleets: fleetsOf(members),
      ...(members.every((domain) => fetch.one(shutDomains, domain.key)) ? { shut: true } : {}),
    }),
  );
  const routeSets = graph.merge('legacyRouteSets', [
    graph.flatMap('legacyGroupSets', groups, ({ sets }) => sets),
    graph.map('legacyProbeSets', probes, ({ set }) => set),
    graph.map('legacyRejections', needs, rejection),
  ]);

  const groupsByMapping = graph.index('legacyGroupsByMapping', groups, ({ dropped }) => Object.keys(dropped));
  const judged = graph.map(
    'legacyMappingStates',
    entries,
    (entry, fetch) => mappingState(entry, fetch, groupsByMapping),
  );
  const findings = graph.merge('legacyMappingsFindings', [
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
      'legacyShutFindings',
      graph.index('legacySitesByHost', atSites, ({ host }) => [host.key]),
      (bucket, fetch) => findingsOf(`Host/${bucket.key}/shut`, shutDiagnostics(bucket, fetch, shutHosts)),
    ),
    graph.flatMap(
      'legacyProbeFindings',
      probes,
      ({ key, diagnostics }) => findingsOf(key, diagnostics),
    ),
  ]);
  return {
    groups,
    probes,
    routeSets,
    virtualHosts,
    claims: claimsOfGateways,
    served,
    judged,
    findings,
    outcomes: { entries, groups, entriesByGroup: byGroup, domainsByGroup, shutDomains, shutHosts },
  };
}

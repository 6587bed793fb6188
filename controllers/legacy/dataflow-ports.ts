/** The part of the legacy dataflow that is about ports: Listeners, the Hosts that they have, and TCPMappings. */

import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Secret, Service } from '../../lib/api/mod.ts';
import type { Collection, Graph, Index } from '../../lib/graph/types.ts';
import type { Listener, RouteConfig, TcpProxy } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { GatewayBind } from '../gateway/binds.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { NamedFlow } from './dataflow-named.ts';
import type { TelemetryFlow } from './dataflow-telemetry.ts';
import { allServed, firstServed } from './first-served.ts';
import {
  fleetsOf,
  type HostAtSite,
  type HostResult,
  type LegacyPort,
  type NamedChecks,
  type Need,
  type ServedBy,
  type ServicePortWish,
  type Site,
} from './flow.ts';
import { translateHost } from './hosts.ts';
import { needOf } from './insecure.ts';
import type { LegacyOutcomes } from './outcomes.ts';
import { type PlacementReads, placeOfListener } from './placement.ts';
import {
  bindOf,
  boundPort,
  hostAtSites,
  legacyListener,
  legacyRouteConfigs,
  portDiagnostics,
  portOf,
  servicePortKey,
  sharedPort,
  sitesOf,
} from './ports.ts';
import { refOf } from './settings.ts';
import { hostState } from './status.ts';
import type { Judged } from './conditions.ts';
import { tcpChain, tcpEntry, type TcpGroup, tcpGroupOf, translateTcpGroup } from './tcp.ts';
import { legacyTcpProxy, placeOfPort, servedAtPort, tcpPort, tcpPortDiagnostics } from './tcp-ports.ts';
import { fileOf } from './virtual-hosts.ts';

export interface PortsReads extends PlacementReads {
  readonly legacy: LegacySettings;
  readonly services: Collection<Service>;
  readonly secrets: Collection<Secret>;
  readonly binds: Index<GatewayBind>;
  readonly named: NamedFlow;
  readonly telemetry: TelemetryFlow;
  readonly checks: Collection<NamedChecks>;
}

export interface PortsFlow {
  readonly hosts: Collection<HostResult>;
  readonly ports: Collection<LegacyPort>;
  readonly sites: Collection<Site>;
  readonly atSites: Collection<HostAtSite>;
  /** Variants of groups of Mappings that some Host asks for. */
  readonly needs: Collection<Need>;
  readonly listeners: Collection<Listener>;
  readonly routeConfigs: Collection<RouteConfig>;
  readonly tcpGroups: Collection<TcpGroup>;
  readonly tcpProxies: Collection<TcpProxy>;
  readonly servicePorts: Collection<ServicePortWish>;
  /** Where groups of TCPMappings are served. */
  readonly served: Collection<ServedBy>;
  /** Where the certificates of Hosts are shown. */
  readonly terminated: Collection<ServedBy>;
  readonly judged: Collection<Judged>;
  readonly findings: Collection<Finding>;
  readonly outcomes: Pick<
    LegacyOutcomes,
    | 'hosts'
    | 'atSites'
    | 'sites'
    | 'ports'
    | 'portsByPlace'
    | 'listeners'
    | 'tcpEntries'
    | 'tcpGroups'
    | 'tcpProxies'
  >;
}

export function declarePorts(graph: Graph, objects: ObjectCollections, reads: PortsReads): PortsFlow {
  const { settings, legacy, services, secrets, binds, telemetry, checks } = reads;
  const { modules, contexts, resolvers } = reads.named;

  // Hosts, and where Listeners have them.
  const tls = { secrets, contexts, modules };
  const hosts = graph.map(
    'legacyHosts',
    firstServed(graph, objects.Host, { legacy }),
    (host, fetch) => translateHost(host, fetch, tls),
  );
  const listenerPorts = graph.map(
    'legacyListenerPorts',
    firstServed(graph, objects.Listener, {
      legacy,
      same: (each) => placeOfListener(each, settings),
    }),
    (listener, fetch) => portOf(listener, fetch, reads),
  );

  // TCPMappings, and the ports that only they open.
  const tlsHosts = graph.index(
    'legacyTlsHosts',
    hosts,
    ({ hostname, tls, problem }) => tls ?? problem ? [fileOf(hostname)] : [],
  );
  const contextsByHost = graph.index(
    'legacyContextsByHost',
    contexts,
    ({ context }) => context.spec.hosts.map((host) => host.toLowerCase()),
  );
  const listenersByPlace = graph.index(
    'legacyListenersByPlace',
    listenerPorts,
    (port) => [placeOfPort(port, settings)],
  );
  const resolving = { settings, modules, resolvers };
  const tcpEntries = graph.map(
    'legacyTcpMappings',
    allServed(graph, objects.TCPMapping, { name: 'legacyTcpServed', legacy }),
    (mapping, fetch) => tcpEntry(mapping, fetch, resolving),
  );
  const tcpGroups = graph.map(
    'legacyTcpGroups',
    graph.index('legacyTcpByGroup', tcpEntries, tcpGroupOf),
    (bucket, fetch) =>
      translateTcpGroup(bucket, fetch, {
        ...resolving,
        ...tls,
        legacy,
        services,
        tlsHosts,
        contextsByHost,
      }),
  );
  const chains = graph.map('legacyTcpChains', tcpGroups, tcpChain);
  const ports = graph.merge('legacyPorts', [
    listenerPorts,
    graph.map(
      'legacyTcpPorts',
      graph.index('legacyTcpByPlace', tcpEntries, ({ place }) => place === undefined ? [] : [place]),
      (bucket, fetch) => tcpPort(bucket, fetch, { ...reads, listenerPorts: listenersByPlace }),
    ),
  ]);
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
    telemetry,
    settings,
    modules,
    binds,
    rivals: graph.index('legacyPortsByBind', ports, (port) => bindOf(port, settings)),
    hostsBySite: graph.index('legacyHostsBySite', atSites, ({ site }) => [site.key]),
    tcpChains: graph.index('legacyTcpChainsByPlace', chains, ({ place }) => [place]),
    ports: graph.index('legacyPortsByPlace', ports, (port) => [placeOfPort(port, settings)]),
  };
  const tcpProxies = graph.map(
    'legacyTcpProxies',
    tcpGroups,
    (group, fetch) => legacyTcpProxy(group, fetch, portReads),
  );
  const listeners = graph.map(
    'legacyListeners',
    ports,
    (port, fetch) => legacyListener(port, fetch, portReads),
  );

  const quic = graph.index(
    'legacyQuicByPort',
    listeners,
    ({ quic, port, fleet }) => quic === true ? [`${fleet}|${port}`] : [],
  );
  const routeConfigs = graph.flatMap(
    'legacyRouteConfigs',
    listeners,
    (listener, fetch) => legacyRouteConfigs(listener, fetch, { checks, quic }),
  );

  const servicePorts = graph.map(
    'legacyServicePorts',
    graph.index(
      'legacyServicePortsByName',
      graph.merge('legacyServicePortWishes', [
        graph.flatMap('legacySharedPorts', ports, sharedPort),
        graph.map('legacyBoundPorts', listeners, boundPort),
      ]),
      (wish) => [servicePortKey(wish)],
    ),
    ({ key, members: [first] }) => first && { ...first, key },
  );

  const terminated = graph.map(
    'legacyTerminatedHosts',
    graph.index(
      'legacySitesOfTls',
      atSites,
      ({ site, host }) => site.transport === 'tls' && site.shares === undefined ? [host.key] : [],
    ),
    ({ key, members }): ServedBy => ({ key, fleets: fleetsOf(members.map(({ site }) => site)) }),
  );
  const served = graph.map(
    'legacyServedTcpGroups',
    tcpGroups,
    (group, fetch) => servedAtPort(group, fetch, portReads),
  );
  const findings = graph.merge('legacyPortsFindings', [
    graph.flatMap(
      'legacyTcpFindings',
      tcpEntries,
      ({ key, mapping, problem }) =>
        problem === undefined ? [] : findingsOf(`TCPMapping/${key}`, [
          { object: refOf(mapping), severity: 'error', code: 'InvalidTCPMapping', ...problem },
        ]),
    ),
    graph.flatMap(
      'legacyTcpGroupFindings',
      tcpGroups,
      ({ key, diagnostics }) => findingsOf(`TCPMapping|${key}`, diagnostics),
    ),
    graph.flatMap(
      'legacyTcpPortFindings',
      chains,
      (chain, fetch) =>
        findingsOf(`TCPMapping|${chain.key}|port`, tcpPortDiagnostics(chain, fetch, portReads)),
    ),
    graph.flatMap(
      'legacyHostFindings',
      hosts,
      ({ key, diagnostics }) => findingsOf(`Host/${key}`, diagnostics),
    ),
    graph.flatMap(
      'legacyPortFindings',
      ports,
      (port, fetch) => findingsOf(port.key, portDiagnostics(port, fetch, { ...portReads, checks })),
    ),
  ]);
  return {
    hosts,
    ports,
    sites,
    atSites,
    needs,
    listeners,
    routeConfigs,
    tcpGroups,
    tcpProxies,
    servicePorts,
    served,
    terminated,
    judged: graph.map('legacyHostStates', hosts, hostState),
    findings,
    outcomes: {
      hosts,
      atSites,
      sites,
      ports,
      portsByPlace: portReads.ports,
      listeners,
      tcpEntries,
      tcpGroups,
      tcpProxies,
    },
  };
}

/** What became of each legacy resource, for the status API. */

import type { LegacyObject } from '../lib/api/legacy/mod.ts';
import type { LegacyOutcomeView } from '../lib/http/schemas.ts';
import type { Collection, Keyed } from '../lib/graph/types.ts';
import { type Cluster, describe, type ObjectRef } from '../lib/model/mod.ts';
import type { LegacyPort, Site } from './legacy/flow.ts';
import type { LegacyOutcomes, LegacyResources } from './legacy/outcomes.ts';
import { refOf } from './legacy/settings.ts';
import { tcpGroupOf } from './legacy/tcp.ts';
import { tcpChainName } from './legacy/tcp-ports.ts';
import { sourceOf } from './legacy/tls-module.ts';

/** A Mapping for every host is in all virtual hosts there are: a page shows no more names than these of each. */
const NAMES = 100;

/** What became of an object; for many of them what they share is looked for once. */
export function legacyOutcomes(legacy: LegacyResources): (object: ObjectRef) => LegacyOutcomeView {
  const ports = portsByObject(legacy);
  let known: Users | undefined;
  const users = (): Users => known ??= usersOf(legacy);
  return (object) => {
    const at = `${object.namespace}/${object.name}`;
    switch (object.kind) {
      case 'Mapping':
        return mappingOutcome(legacy, at);
      case 'TCPMapping':
        return tcpOutcome(legacy, at);
      case 'Host':
        return hostOutcome(legacy, at);
      case 'Listener':
        return outcome({
          ports: (ports.get(describe(object)) ?? [])
            .filter((port) => isOpen(legacy, port.key, port.placement.shares))
            .map(({ spec }) => spec.port),
        });
      case 'Module':
        return moduleOutcome(legacy, object, users);
      case 'AuthService':
      case 'RateLimitService':
      case 'TracingService':
      case 'LogService':
        return askedOutcome(legacy, object);
      default:
        return outcome({ users: users().get(describe(object)) ?? [] });
    }
  };
}

/** By what they name. */
type Users = ReadonlyMap<string, readonly string[]>;

/** What objects may name. */
interface Naming {
  readonly tls?: unknown;
  readonly tlsContext?: string | undefined;
  readonly resolver?: string | undefined;
  readonly circuitBreakerName?: string | undefined;
  readonly outlierDetection?: string | undefined;
}

const NAMING = ['Mapping', 'TCPMapping', 'Host', 'AuthService', 'RateLimitService'] as const;

function usersOf(legacy: LegacyResources): Users {
  const users = new Map<string, string[]>();
  const module = legacy.modules.get('ambassador')?.module.spec;
  const usual = module?.module === 'ambassador' ? module.config.resolver : undefined;
  for (const kind of NAMING) {
    const objects: Collection<LegacyObject> = legacy.objects[kind];
    for (const { key, spec } of objects.values()) {
      const user = `${kind}/${key}`;
      if (legacy.judged.get(user) === undefined) continue;
      const { tls, tlsContext, resolver = usual, circuitBreakerName, outlierDetection } = spec as Naming;
      const named = [
        typeof tls === 'string' ? contextNamed(legacy, tls) : undefined,
        tlsContext === undefined ? undefined : contextNamed(legacy, tlsContext),
        resolver !== undefined && kind.endsWith('Mapping')
          ? legacy.resolvers.get(resolver)?.object
          : undefined,
        refTo(legacy.circuitBreakers.get(circuitBreakerName ?? '')),
        refTo(legacy.outlierDetections.get(outlierDetection ?? '')),
      ];
      for (const used of named) {
        if (used === undefined) continue;
        const known = users.get(describe(used));
        if (known === undefined) users.set(describe(used), [user]);
        else known.push(user);
      }
    }
  }
  return users;
}

function refTo(object: LegacyObject | undefined): ObjectRef | undefined {
  return object && refOf(object);
}

function contextNamed({ contexts }: LegacyResources, name: string): ObjectRef | undefined {
  const context = contexts.get(name)?.context;
  return context && sourceOf(context).object;
}

/** It is set to work on all ports, or holds TLSContexts, or is an AuthService under another name. */
function moduleOutcome(legacy: LegacyResources, object: ObjectRef, users: () => Users): LegacyOutcomeView {
  const used = legacy.modules.get(object.name);
  if (used?.module.metadata.namespace !== object.namespace) return outcome({});
  if (object.name === 'authentication') return askedOutcome(legacy, object);
  return outcome({
    users: users().get(describe(object)) ?? [],
    ports: object.name === 'ambassador' ? legacy.listeners.values().map(({ port }) => port) : [],
  });
}

/** What it is asked by, and at which ports. */
function askedOutcome(legacy: LegacyResources, object: ObjectRef): LegacyOutcomeView {
  const { auth, rateLimits, tracings, logs } = legacy;
  const clusters = [
    ...[auth, rateLimits, tracings].flatMap((results: Collection<Asked>) =>
      results.values().filter(({ origins }) => origins.some((each) => describe(each) === describe(object)))
    ),
    ...logs.values().filter(({ key }) => key === describe(object)),
  ].flatMap((each) => each.clusters.map(({ key }) => key));
  const sites = legacy.sites.values().filter((site) => site.shares === undefined && isServing(legacy, site));
  return outcome({ clusters, ports: clusters.length === 0 ? [] : sites.map(({ publicPort }) => publicPort) });
}

interface Asked extends Keyed {
  readonly origins: readonly ObjectRef[];
  readonly clusters: readonly Cluster[];
}

type Ports = ReadonlyMap<string, readonly LegacyPort[]>;

function portsByObject(legacy: LegacyOutcomes): Ports {
  return Map.groupBy(
    legacy.ports.values(),
    ({ object: { kind, namespace, name } }) => `${kind}/${namespace}/${name}`,
  );
}

function outcome(
  { hostnames = [], ports = [], routeSets = [], clusters = [], users = [] }: Partial<
    Omit<LegacyOutcomeView, 'hostnameCount' | 'userCount'>
  >,
): LegacyOutcomeView {
  const names = [...new Set(hostnames)].sort();
  const named = [...new Set(users)].sort();
  return {
    hostnames: names.slice(0, NAMES),
    hostnameCount: names.length,
    ports: [...new Set(ports)].sort((a, b) => a - b),
    routeSets: [...routeSets],
    clusters: [...clusters],
    users: named.slice(0, NAMES),
    userCount: named.length,
  };
}

/** What its group is, unless the group leaves it out. */
function mappingOutcome(legacy: LegacyOutcomes, at: string): LegacyOutcomeView {
  const { group: bucket } = legacy.entries.get(at) ?? {};
  const members = bucket === undefined ? [] : legacy.entriesByGroup.get(bucket)?.members ?? [];
  const [group] = members.flatMap(({ key }) => legacy.groups.get(`Mapping/${key}`) ?? []);
  if (group === undefined || group.dropped[at] !== undefined) return outcome({});
  const domains = (legacy.domainsByGroup.get(group.key)?.members ?? []).filter(({ key, routeConfig }) => {
    const site = legacy.sites.get(routeConfig);
    return legacy.shutDomains.get(key) === undefined && site !== undefined && isServing(legacy, site);
  });
  return outcome({
    hostnames: domains.map(({ domain }) => domain),
    ports: domains.map(({ port }) => port),
    routeSets: group.sets.map(({ key }) => key),
    clusters: group.clusters.map(({ key }) => key),
  });
}

function hostOutcome(legacy: LegacyOutcomes, at: string): LegacyOutcomeView {
  const host = legacy.hosts.get(at);
  if (host === undefined) return outcome({});
  const sites = legacy.sites.values().filter((site) => {
    const key = `${site.key}|${at}`;
    const found = legacy.atSites.get(key);
    const isOpen = found !== undefined && (site.transport === 'cleartext' || found.host.closed !== true);
    return isOpen && legacy.shutHosts.get(key) === undefined && isServing(legacy, site);
  });
  return outcome({ hostnames: [host.hostname], ports: sites.map(({ publicPort }) => publicPort) });
}

function tcpOutcome(legacy: LegacyOutcomes, at: string): LegacyOutcomeView {
  const entry = legacy.tcpEntries.get(at);
  const [group] = entry === undefined
    ? []
    : tcpGroupOf(entry).flatMap((key) => legacy.tcpGroups.get(key) ?? []);
  if (group === undefined) return outcome({});
  const port = legacy.portsByPlace.get(group.place)?.members[0];
  if (port === undefined || legacy.tcpProxies.get(tcpChainName(port, group)) === undefined) {
    return outcome({});
  }
  return outcome({
    hostnames: group.host === undefined ? [] : [group.host],
    ports: [port.spec.port],
    clusters: group.clusters.map(({ key }) => key),
  });
}

/** Checks of requests have no effect at the port of a Gateway, so nothing is served there with them. */
function isServing(legacy: LegacyOutcomes, { port, shares }: Site): boolean {
  return isOpen(legacy, port, shares) && (shares === undefined || legacy.checks.size === 0);
}

/** Bound, or a port of a Gateway. */
function isOpen(legacy: LegacyOutcomes, port: string, shares: unknown): boolean {
  return shares !== undefined || legacy.listeners.get(port) !== undefined;
}

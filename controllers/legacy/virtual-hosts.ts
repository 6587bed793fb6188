import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { VirtualHost } from '../../lib/model/mod.ts';
import { coveringHostnames } from '../attachment/hostname.ts';
import { associates } from './association.ts';
import type { DomainClaim, GroupPlace, HostAtSite, Site } from './flow.ts';
import { byPreference, globCovers } from './host-glob.ts';
import { securedSets } from './insecure.ts';
import { chainOf } from './ports.ts';
import { bufferLimitOf } from './reading.ts';
import { ambassadorModule, type NamedModule } from './settings.ts';

/** Globs that no walk along the dots of a name finds. */
const ODD = '~odd';

/** Where a glob is filed, so that `coveringFiles` of a hostname that it covers have it. */
export function fileOf(glob: string): string {
  return glob === '*' || glob.startsWith('*.') || !glob.includes('*') ? glob : ODD;
}

/** Where globs are filed that may cover a hostname. */
export function coveringFiles(domain: string): readonly string[] {
  return [...coveringHostnames(domain).filter((each) => fileOf(each) === each), ODD];
}

/** Index bucket of a Host at a site. */
export function hostFile({ site, host }: HostAtSite): readonly string[] {
  return [`${site.key}|${fileOf(host.hostname)}`];
}

/** Index bucket of a group. */
export function groupFile({ domain }: GroupPlace): readonly string[] {
  return [fileOf(domain)];
}

export function hostDomains({ key, site, host }: HostAtSite): readonly DomainClaim[] {
  return [{ key: `${site.key}/${host.hostname}|${key}`, site: site.key, domain: host.hostname }];
}

export interface HostReads {
  readonly sites: Collection<Site>;
  /** By `hostFile`. */
  readonly hosts: Index<HostAtSite>;
  /** By `groupFile`. */
  readonly groups: Index<GroupPlace>;
  readonly legacy: LegacySettings;
  readonly modules: Collection<NamedModule>;
}

/** The domains that the hosts of Mappings need on each site that has a Host for them. */
export function groupDomains(
  { key: domain }: { readonly key: string },
  fetch: Fetch,
  reads: HostReads,
): readonly DomainClaim[] {
  if (domain === '*') return [];
  return fetch.all(reads.sites).flatMap(({ key: site }) =>
    ownersOf(site, domain, fetch, reads).length === 0 ? [] : [{ key: `${site}/${domain}|`, site, domain }]
  );
}

/** The Hosts of the most specific hostname that covers a domain. */
function ownersOf(site: string, domain: string, fetch: Fetch, { hosts }: HostReads): readonly HostAtSite[] {
  const covering = coveringFiles(domain)
    .flatMap((file) => fetch.by(hosts, `${site}|${file}`))
    .filter(({ host }) => globCovers(host.hostname, domain))
    .sort((a, b) => byPreference(a.host.hostname, b.host.hostname));
  return covering.filter(({ host }) => host.hostname === covering[0]?.host.hostname);
}

/** The groups of Mappings that serve one domain of one site, which are those of its Hosts. */
export function translateDomain(
  { key, members: [claim] }: Bucket<DomainClaim>,
  fetch: Fetch,
  reads: HostReads,
): VirtualHost | undefined {
  const site = claim && fetch.one(reads.sites, claim.site);
  if (claim === undefined || site === undefined) return undefined;
  const { domain } = claim;
  const owners = ownersOf(site.key, domain, fetch, reads);
  const [owner] = owners;
  if (owner === undefined) return undefined;
  const groups = coveringFiles(domain)
    .flatMap((file) => fetch.by(reads.groups, file))
    .filter((group) =>
      globCovers(group.domain, domain) && owners.some(({ host }) => associates(group, host, reads.legacy))
    );
  return {
    key,
    routeConfig: site.key,
    fleet: site.fleet,
    port: site.publicPort,
    domain,
    ...(site.transport === 'tls' ? { chainId: chainOf(site.port, owner.host.hostname) } : {}),
    bufferLimit: bufferLimitOf(ambassadorModule(fetch, reads.modules)),
    members: securedSets(groups, owner).toSorted().map((routes) => ({ routes, hostname: '*' })),
  };
}

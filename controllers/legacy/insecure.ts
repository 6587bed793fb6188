import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Route, RouteSet } from '../../lib/model/mod.ts';
import type { GroupPlace, HostAtSite, Need } from './flow.ts';
import { rankedBy } from './precedence.ts';
import { LEGACY_GROUP } from './settings.ts';

/** Requests are secure that say so; who may say so is for the Listener's `l7Depth`. */
const INSECURE: Route['match']['headers'][number] = {
  name: 'x-forwarded-proto',
  type: 'exact',
  value: 'https',
  inverted: true,
};

/** Key of the RouteSet that rejects insecure requests. */
export const REJECTING = 'Mapping/-/reject';

/** What the hosts of sites need of groups besides their routes. */
export function needOf({ site, host }: HostAtSite): readonly Need['key'][] {
  if (site.securityModel === 'SECURE' || host.action === 'Route') return [];
  if (host.action === 'Redirect') return [site.securityModel === 'XFP' ? 'redirect' : 'redirect-always'];
  return site.securityModel === 'XFP' ? ['reject'] : [];
}

/**
 * The RouteSets of a group that redirect insecure requests to HTTPS, for what the group takes and nothing else, as far as
 * any Host needs them. Nobody is asked before.
 */
export function insecureRoutes(set: RouteSet, fetch: Fetch, needs: Collection<Need>): readonly RouteSet[] {
  const [first] = set.routes;
  if (first === undefined) return [];
  const [, ...order] = first.rank.order ?? [];
  // Members differ in their case alone; who takes any takes all that the others do.
  const { match } = set.routes.find((route) => route.match.path.ignoreCase) ?? first;
  const wanted = (['redirect', 'redirect-always'] as const).filter((need) =>
    fetch.one(needs, need) !== undefined
  );
  return wanted.map((need) => ({
    ...set,
    key: `${set.key}+${need}`,
    routes: [{
      name: `${first.name}/${need}`,
      match: need === 'redirect' ? { ...match, headers: [...match.headers, INSECURE] } : match,
      rank: { ...first.rank, order: [1, ...order] },
      action: { type: 'redirect', status: 301, scheme: 'https' },
      skipsAuth: true,
    }],
  }));
}

/** The RouteSet that rejects insecure requests, whatever they ask for. */
export function rejection(need: Need): RouteSet | undefined {
  if (need.key !== 'reject') return undefined;
  return {
    key: REJECTING,
    origin: { group: LEGACY_GROUP, kind: 'Mapping', namespace: '-', name: 'reject' },
    created: 0,
    routes: [{
      name: 'mapping/-/reject',
      match: { path: { type: 'string', value: '/' }, headers: [INSECURE], queryParams: [] },
      rank: rankedBy([1]),
      action: { type: 'respond', status: 404 },
      skipsAuth: true,
    }],
  };
}

/** Keys of the RouteSets that serve groups on a site, for a Host of its own security. */
export function securedSets(
  groups: readonly GroupPlace[],
  { site: { securityModel }, host: { action } }: {
    readonly site: Pick<HostAtSite['site'], 'securityModel'>;
    readonly host: Pick<HostAtSite['host'], 'action'>;
  },
): readonly string[] {
  const own = groups.map(({ key }) => key);
  if (securityModel === 'SECURE' || action === 'Route') return own;
  const challenges = groups.filter(({ acme }) => acme).map(({ key }) => key);
  const others = groups.filter(({ acme }) => !acme);
  if (securityModel === 'XFP') {
    return action === 'Redirect'
      ? [...own, ...others.map(({ key }) => `${key}+redirect`)]
      : [...own, REJECTING];
  }
  return action === 'Redirect'
    ? [...challenges, ...others.map(({ key }) => `${key}+redirect-always`)]
    : challenges;
}

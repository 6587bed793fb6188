import { kindAndKey } from '../../lib/api/mod.ts';
import type { Bucket, Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { HostnameDefeat, ParentAttachment, RouteAttachment } from '../flow.ts';
import { ANY_HOSTNAME, coveringHostnames } from './hostname.ts';

/**
 * Which routes of one listener give way, since HTTPRoutes and GRPCRoutes cannot share hostnames of a listener (GEP-1016):
 * the older route stays, then the first by `namespace/name`. A route that gives way displaces no other.
 */
export function hostnameDefeats(
  { key: listener, members: grpcRoutes }: Bucket<RouteAttachment>,
  fetch: Fetch,
  { httpRoutes }: { /** By listener. */ readonly httpRoutes: Index<RouteAttachment> },
): readonly HostnameDefeat[] {
  const http = new TakenHostnames();
  const grpc = new TakenHostnames();
  const defeats: HostnameDefeat[] = [];
  for (const attachment of [...grpcRoutes, ...fetch.by(httpRoutes, listener)].sort(byAge)) {
    const { key, route } = attachment;
    const domains = domainsAt(attachment, listener);
    const [own, others] = route.kind === 'GRPCRoute' ? [grpc, http] : [http, grpc];
    const defeat = others.meeting(domains);
    if (defeat === undefined) own.take(domains, key);
    else defeats.push({ key: `${listener}|${key}`, ...defeat });
  }
  return defeats;
}

/** A hostname and the route that has it. */
interface Taken {
  readonly hostname: string;
  /** `Kind/namespace/name` */
  readonly winner: string;
}

/** The hostnames of one kind of route on one listener. */
class TakenHostnames {
  readonly #at = new Map<string, Taken>();
  /** By all that covers them. */
  readonly #below = new Map<string, Taken>();

  take(hostnames: readonly string[], winner: string): void {
    for (const hostname of hostnames) {
      const taken = { hostname, winner };
      this.#at.set(hostname, taken);
      for (const covering of coveringHostnames(hostname)) this.#below.set(covering, taken);
    }
  }

  /** One that has a name in common with these. */
  meeting(hostnames: readonly string[]): Taken | undefined {
    for (const hostname of hostnames) {
      const below = this.#below.get(hostname);
      if (below !== undefined) return below;
      for (const covering of coveringHostnames(hostname)) {
        const at = this.#at.get(covering);
        if (at !== undefined) return at;
      }
    }
    return undefined;
  }
}

function domainsAt({ parents }: RouteAttachment, at: string): readonly string[] {
  return parents.flatMap(({ listeners }) =>
    listeners.flatMap(({ listener, hostnames }) =>
      listener === at ? hostnames.map(({ domain }) => domain) : []
    )
  );
}

function byAge(a: RouteAttachment, b: RouteAttachment): number {
  return a.created - b.created || (nameOf(a) < nameOf(b) ? -1 : 1);
}

function nameOf({ route: { kind, namespace, name } }: RouteAttachment): string {
  return `${namespace}/${name}/${kind}`;
}

/** The attachment without the listeners where the route gives way. */
export function withoutDefeats(
  attachment: RouteAttachment,
  fetch: Fetch,
  defeats: Collection<HostnameDefeat>,
): RouteAttachment {
  const parents = attachment.parents.map((parent) => settled(parent, attachment.key, { fetch, defeats }));
  return parents.every((parent, index) => parent === attachment.parents[index])
    ? attachment
    : { ...attachment, parents };
}

function settled(
  parent: ParentAttachment,
  route: string,
  { fetch, defeats }: { readonly fetch: Fetch; readonly defeats: Collection<HostnameDefeat> },
): ParentAttachment {
  const messages: string[] = [];
  const listeners = parent.listeners.filter(({ listener }) => {
    const defeat = fetch.one(defeats, `${listener}|${route}`);
    if (defeat !== undefined) messages.push(describe(defeat, listener));
    return defeat === undefined;
  });
  const [conflict] = messages;
  if (conflict === undefined) return parent;
  if (listeners.length > 0) return { ...parent, listeners, conflict };
  return { ...parent, accepted: false, reason: 'HostnameConflict', message: conflict, listeners };
}

function describe({ winner, hostname }: HostnameDefeat, listener: string): string {
  const { kind, key } = kindAndKey(winner);
  const taken = hostname === ANY_HOSTNAME ? 'all hostnames' : hostname;
  return `${kind} ${key} has ${taken} of ${listener} first, and HTTPRoutes and GRPCRoutes cannot share a hostname.`;
}

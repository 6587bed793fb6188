/** What is sent to proxies: encoded model values, with a substitute for each content that Envoy refused. */

import {
  encodeCluster,
  type EncodedMember,
  type EncodedRouteSet,
  encodeEmptyCluster,
  encodeListener,
  encodeVirtualHost,
  type Resource,
} from '../lib/envoy/mod.ts';
import type { Collection, Fetch } from '../lib/graph/types.ts';
import type { Cluster, Listener, VirtualHost } from '../lib/model/mod.ts';
import type { Refusal } from './flow.ts';
import type { SentListener } from './gateway/status.ts';
import type { RouteRefusal } from './http-route/status.ts';

/** Beyond so many members one read of all refusals costs less than a recorded read for each. */
const FEW = 64;

export function sentCluster(cluster: Cluster, fetch: Fetch, refusals: Collection<Refusal>): Resource {
  const resource = encodeCluster(cluster);
  return fetch.one(refusals, resource.version) === undefined ? resource : encodeEmptyCluster(cluster.key);
}

/** With Envoy's words, if the listener lacks what it refused. */
export function sentListener(
  listener: Listener,
  fetch: Fetch,
  refusals: Collection<Refusal>,
): Resource & SentListener {
  let refusal: string | undefined;
  const resource = encodeListener(listener, (hash) => {
    const found = fetch.one(refusals, hash);
    refusal ??= found?.message;
    return found !== undefined;
  });
  return refusal === undefined ? resource : { ...resource, refusal };
}

export interface VirtualHostReads {
  readonly routeSets: Collection<EncodedRouteSet>;
  readonly refusals: Collection<Refusal>;
}

export function sentVirtualHost(host: VirtualHost, fetch: Fetch, reads: VirtualHostReads): Resource {
  const { routeSets, refusals } = reads;
  const members = encodedMembers(host, (key) => fetch.one(routeSets, key));
  if (members.length <= FEW) {
    return encodeVirtualHost(host, members, (hash) => fetch.one(refusals, hash) !== undefined);
  }
  const refused = new Set(fetch.all(refusals).map(({ key }) => key));
  return encodeVirtualHost(host, members, (hash) => refused.has(hash));
}

/** The members whose routes exist. */
export function encodedMembers(
  host: VirtualHost,
  find: (routeSet: string) => EncodedRouteSet | undefined,
): readonly EncodedMember[] {
  return host.members.flatMap(({ routes, hostname }) => {
    const set = find(routes);
    return set === undefined ? [] : [{ hostname, set }];
  });
}

/** Whether Envoy refused a route object's rules. */
export function routeRefusal(key: string, fetch: Fetch, reads: VirtualHostReads): RouteRefusal | undefined {
  const set = fetch.one(reads.routeSets, key);
  const refusal = set && fetch.one(reads.refusals, set.hash);
  return refusal &&
    { whole: true, message: `Envoy refuses the rules, so they answer 500: ${refusal.message}` };
}

/** Who uses which cluster and secret in which fleet: what decides that a resource exists, and where it goes. */

import type { Bucket, Collection, Fetch, Keyed } from '../lib/graph/types.ts';
import { AUTH_TIMEOUT, type ExternalAuth } from '../lib/model/mod.ts';
import type {
  AttachedListener,
  ClusterUse,
  FleetSecretUse,
  GatewayResult,
  Membership,
  Patience,
  RouteAttachment,
  RouteResult,
  RouteVariant,
  Use,
  Wait,
} from './flow.ts';

/** The clusters of an attached route; a route that is attached nowhere uses none. */
export function clusterUses(
  result: RouteResult<Keyed>,
  fetch: Fetch,
  attachments: Collection<RouteAttachment>,
): readonly ClusterUse[] {
  return eachVariant(result, fetch, attachments).flatMap(({ variant, fleets }) =>
    variant.clusters.map((cluster) => ({ key: `${cluster.key}|${variant.set.key}`, cluster, fleets }))
  );
}

export function routeSecretUses(
  result: RouteResult<Keyed>,
  fetch: Fetch,
  attachments: Collection<RouteAttachment>,
): readonly FleetSecretUse[] {
  return eachVariant(result, fetch, attachments).flatMap(({ variant, fleets }) =>
    variant.secrets.map((use) => ({ key: `${use.name}|${variant.set.key}`, use, fleets }))
  );
}

export function gatewaySecretUses({ key, secrets, projections }: GatewayResult): readonly FleetSecretUse[] {
  const fleets = distinct(projections.map(({ fleet }) => fleet));
  return secrets.map((use) => ({ key: `${use.name}|Gateway/${key}`, use, fleets }));
}

/** What the listeners of a Gateway ask before routing, and where its spans go. */
export function gatewayClusterUses(
  { key: gateway, filters, collectors, projections }: GatewayResult,
): readonly ClusterUse[] {
  const fleets = distinct(projections.map(({ fleet }) => fleet));
  return [
    ...filters.flatMap(({ key, clusters }) =>
      clusters.map((cluster) => ({ key: `${cluster.key}|${key}`, cluster, fleets }))
    ),
    ...collectors.map((cluster) => ({
      key: `${cluster.key}|Gateway/${gateway}`,
      cluster,
      fleets,
      patience: 0,
    })),
  ];
}

/** The wait for whom rules of a route ask. Routes that ask nobody cost nothing here. */
export function routeWaits(
  result: RouteResult,
  fetch: Fetch,
  attachments: Collection<RouteAttachment>,
): readonly Wait[] {
  const auths = result.sets.flatMap(({ set }) => set.routes.flatMap(({ auth }) => auth ?? []));
  if (auths.length === 0) return [];
  const fleets = distinct(eachVariant(result, fetch, attachments).flatMap((each) => each.fleets));
  return waitsOf({ stage: 'route', user: result.key, fleets }, Math.max(...auths.map(timeoutOf)));
}

/** Whom a listener asks is asked one after another. */
export function gatewayWaits({ key: user, filters, projections }: GatewayResult): readonly Wait[] {
  const times = filters.map(({ auths }) => auths.map(timeoutOf).reduce((sum, each) => sum + each, 0));
  const fleets = distinct(projections.map(({ fleet }) => fleet));
  return waitsOf({ stage: 'listener', user, fleets }, Math.max(0, ...times));
}

/** Its time is part of the key, so that a longer one that ends is noticed. */
export function waitsOf(
  { stage, user, fleets }: Pick<Wait, 'stage' | 'fleets'> & { readonly user: string },
  patience: number,
): readonly Wait[] {
  if (patience === 0 || fleets.length === 0) return [];
  return [{ key: `${stage}|${user}|${patience}`, stage, fleets, patience }];
}

function timeoutOf({ timeout = AUTH_TIMEOUT }: ExternalAuth): number {
  return timeout;
}

/** All stages one after another, each as long as it may take. */
export function patienceOf({ key, members }: Bucket<Wait>): Patience {
  const longest = new Map<string, number>();
  for (const { stage, patience } of members) {
    longest.set(stage, Math.max(patience, longest.get(stage) ?? 0));
  }
  return { key, patience: [...longest.values()].reduce((sum, each) => sum + each, 0) };
}

/** A cluster and its endpoints go to the fleets of the routes that use it. */
export function clusterMemberships({ key, members }: Bucket<ClusterUse>): readonly Membership[] {
  const hasEndpoints = members[0] !== undefined && members[0].cluster.discovery.type !== 'hostname';
  return fleetsOf(members).flatMap((fleet) => [
    membership(fleet, `Cluster|${key}`),
    ...(hasEndpoints ? [membership(fleet, `ClusterLoadAssignment|${key}`)] : []),
  ]);
}

export function secretMemberships({ key, members }: Bucket<FleetSecretUse>): readonly Membership[] {
  return fleetsOf(members).map((fleet) => membership(fleet, `Secret|${key}`));
}

function fleetsOf(uses: readonly Use[]): readonly string[] {
  return distinct(uses.flatMap(({ fleets }) => fleets));
}

export function membership(fleet: string, resource: string): Membership {
  return { key: `${fleet}|${resource}`, fleet, resource };
}

interface AttachedVariant {
  readonly variant: RouteVariant<Keyed>;
  readonly fleets: readonly string[];
}

function eachVariant(
  result: RouteResult<Keyed>,
  fetch: Fetch,
  attachments: Collection<RouteAttachment>,
): readonly AttachedVariant[] {
  const listeners = fetch.one(attachments, result.key)?.parents.flatMap((parent) => parent.listeners) ?? [];
  return result.sets.flatMap((variant) => {
    const fleets = distinct(
      listeners.filter((each) => isOf(each, variant)).map(({ fleet }) => fleet),
    );
    return fleets.length === 0 ? [] : [{ variant, fleets }];
  });
}

/** Whether a variant of a route is the one for a listener. */
function isOf({ clientCertificate, plain }: AttachedListener, variant: RouteVariant<Keyed>): boolean {
  return clientCertificate === variant.clientCertificate && plain === variant.plain;
}

function distinct(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)].sort();
}

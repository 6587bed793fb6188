/** Who uses which cluster and secret in which fleet: what decides that a resource exists, and where it goes. */

import type { Bucket, Collection, Fetch, Keyed } from '../lib/graph/types.ts';
import type { Cluster } from '../lib/model/mod.ts';
import type {
  AttachedListener,
  GatewayResult,
  Membership,
  RouteAttachment,
  RouteResult,
  RouteVariant,
  SecretUse,
} from './flow.ts';

/** One route's or listener's use of a cluster. `key` is `cluster|user`. */
export interface ClusterUse extends Keyed {
  readonly cluster: Cluster;
  readonly fleets: readonly string[];
}

/** One Gateway's or route's use of a secret. `key` is `name|user`. */
export interface FleetSecretUse extends Keyed {
  readonly use: SecretUse;
  readonly fleets: readonly string[];
}

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
    ...collectors.map((cluster) => ({ key: `${cluster.key}|Gateway/${gateway}`, cluster, fleets })),
  ];
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

function fleetsOf(uses: readonly { readonly fleets: readonly string[] }[]): readonly string[] {
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

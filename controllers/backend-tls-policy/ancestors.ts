import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { GatewayResult, ListenerProjection, RouteAttachment, RouteResult } from '../flow.ts';
import type { TrafficPolicyResult } from '../traffic-policy/translate.ts';
import type { BackendTlsPolicyResult } from './translate.ts';

/** A Gateway that uses an XBackend, or a Service which some policy targets. `key` is `service|gateway|user`. */
export interface PolicyAncestor extends Keyed {
  /** `namespace/name`, or `XBackend/namespace/name`. */
  readonly service: string;
  readonly gateway: ObjectRef;
}

export interface AncestorReads {
  readonly attachments: Collection<RouteAttachment>;
  readonly listeners: Collection<ListenerProjection>;
  readonly tlsPolicies: Index<BackendTlsPolicyResult>;
  readonly trafficPolicies: Index<TrafficPolicyResult>;
}

/** XBackends have a status of their own, and Services that of the policies that target them. */
function hasAncestors(
  service: string,
  fetch: Fetch,
  { tlsPolicies, trafficPolicies }: Pick<AncestorReads, 'tlsPolicies' | 'trafficPolicies'>,
): boolean {
  return isXBackendKey(service) || fetch.by(tlsPolicies, service).length > 0 ||
    fetch.by(trafficPolicies, service).length > 0;
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return kind === 'XBackend' ? `XBackend/${namespace}/${name}` : `${namespace}/${name}`;
}

function isXBackendKey(service: string): boolean {
  return service.startsWith('XBackend/');
}

/** Index bucket of a PolicyAncestor. */
export function serviceOfAncestor({ service }: PolicyAncestor): readonly string[] {
  return [service];
}

/** The Gateways that use one of the Services or XBackends, in the order of their names. */
export function gatewaysUsing(
  services: readonly string[],
  fetch: Fetch,
  ancestors: Index<PolicyAncestor>,
): readonly ObjectRef[] {
  const gateways = new Map<string, ObjectRef>();
  for (const { gateway } of services.flatMap((service) => fetch.by(ancestors, service))) {
    gateways.set(`${gateway.namespace}/${gateway.name}`, gateway);
  }
  return [...gateways].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, gateway]) => gateway);
}

/** A Gateway is one itself, too, of those of what its listeners ask before routing, and of what gets its spans. */
export function gatewayAncestors(
  { filters, collectors, projections }: GatewayResult,
  fetch: Fetch,
  reads: Pick<AncestorReads, 'tlsPolicies' | 'trafficPolicies'>,
): readonly PolicyAncestor[] {
  const [{ gateway } = { gateway: undefined }] = projections;
  if (gateway === undefined) return [];
  const uses = [
    ...filters,
    { key: 'spans', services: collectors.map(({ backend }) => keyOf(backend)) },
  ];
  return uses.flatMap(({ key, services }) =>
    services.filter((service) => hasAncestors(service, fetch, reads)).map((service) => ({
      key: `${service}|${gateway.namespace}/${gateway.name}|${key}`,
      service,
      gateway,
    }))
  );
}

/** The Gateways that a route makes ancestors of the policies of its Services: those that it is attached to. */
export function policyAncestors(
  result: RouteResult<Keyed>,
  fetch: Fetch,
  reads: AncestorReads,
): readonly PolicyAncestor[] {
  const services = result.services.filter((service) => hasAncestors(service, fetch, reads));
  if (services.length === 0) return [];
  const gateways = new Map<string, ObjectRef>();
  for (const { listeners } of fetch.one(reads.attachments, result.key)?.parents ?? []) {
    for (const { listener, plain } of listeners) {
      if (plain === true && !services.some(isXBackendKey)) continue;
      const gateway = fetch.one(reads.listeners, listener)?.gateway;
      if (gateway !== undefined) gateways.set(`${gateway.namespace}/${gateway.name}`, gateway);
    }
  }
  return services.flatMap((service) =>
    [...gateways].map(([key, gateway]) => ({ key: `${service}|${key}|${result.key}`, service, gateway }))
  );
}

import { isServed, type LegacyListener, type TCPMapping } from '../../lib/api/legacy/mod.ts';
import type { Gateway, GatewayClass, KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Graph, Keyed } from '../../lib/graph/types.ts';
import type { OwnerReference } from '../infra/manifest.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { Settings } from '../settings.ts';
import { targetOf, usualTarget } from './placement.ts';
import { legacySettings } from './settings.ts';

/** A Gateway that no manifest declares. What is made for it belongs to its class, since it is no object itself. */
export interface SynthesisedGateway extends Gateway {
  readonly owner?: OwnerReference;
}

/** All Gateways: those of manifests, and the one of all Listeners and TCPMappings that ask for none. */
export function declareGateways(
  graph: Graph,
  objects: ObjectCollections,
  settings: Settings,
): Collection<Gateway> {
  if (settings.kubernetes?.legacy === undefined) return objects.Gateway;
  const keyed = <K extends KubeObject>(object: K): K => ({ ...object, key: `${object.kind}/${object.key}` });
  const owners = graph.index(
    'legacyPortsByGateway',
    graph.merge<LegacyListener | TCPMapping>('legacyPortOwners', [
      graph.map('legacyListenersAsOwners', objects.Listener, keyed),
      graph.map('legacyTcpMappingsAsOwners', objects.TCPMapping, keyed),
    ]),
    (owner) => gatewayOf(owner, settings),
  );
  return graph.merge<Gateway>('gatewayObjects', [
    objects.Gateway,
    graph.map(
      'synthesisedGateways',
      owners,
      (bucket, fetch) =>
        synthesisedGateway(bucket, fetch, {
          settings,
          gateways: objects.Gateway,
          gatewayClasses: objects.GatewayClass,
        }),
    ),
  ]);
}

/** Index bucket of what asks for no Gateway: the one that it gets. */
function gatewayOf(object: LegacyListener | TCPMapping, settings: Settings): readonly string[] {
  if (!isServed(object, legacySettings(settings))) return [];
  const target = object.kind === 'Listener'
    ? targetOf(object, settings)
    : usualTarget(object.spec.port, settings);
  return target === undefined || target.asked ? [] : [`${target.namespace}/${target.name}`];
}

/**
 * The Gateway of those that ask for none, unless somebody has written one of its name: it has no listeners but theirs, and
 * the parameters of its class.
 */
function synthesisedGateway(
  { key }: Keyed,
  fetch: Fetch,
  { settings, gateways, gatewayClasses }: {
    readonly settings: Settings;
    readonly gateways: Collection<Gateway>;
    readonly gatewayClasses: Collection<GatewayClass>;
  },
): SynthesisedGateway | undefined {
  const own = settings.kubernetes?.legacy;
  if (own === undefined || fetch.one(gateways, key) !== undefined) return undefined;
  const { gateway: { namespace, name }, gatewayClassName } = own;
  const { apiVersion = '', metadata } = fetch.one(gatewayClasses, gatewayClassName) ?? {};
  const uid = metadata?.uid;
  return {
    key,
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { namespace, name, generation: 1 },
    spec: { gatewayClassName, listeners: [] },
    ...(uid === undefined
      ? {}
      : { owner: { apiVersion, kind: 'GatewayClass', name: gatewayClassName, uid, controller: true } }),
  };
}

import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { Listener } from '../../lib/model/mod.ts';
import type { ListenerProjection } from '../flow.ts';
import type { ServicePortWish } from '../legacy/flow.ts';
import type { LegacyProxies } from '../settings.ts';
import { isOwnAddress, type Requested } from '../gateway/place.ts';
import { serviceTypeOf } from '../gateway/routability.ts';
import { type Manifest, metadataOf, selectorOf } from './manifest.ts';

export interface ServiceContext {
  readonly parameters: GatewayParametersSpec;
  readonly projections: readonly ListenerProjection[];
  /** What proxies bind. */
  readonly listeners: readonly Listener[];
  /** What of `spec.addresses` may be had. */
  readonly requested: readonly Requested[];
  /** The address that the Service has already, which it keeps as long as it is there. */
  readonly current: string | undefined;
  /** Of legacy Listeners. */
  readonly legacyPorts: readonly ServicePortWish[];
  /** See `LegacyProxies.servicePorts`. */
  readonly aliases: LegacyProxies['servicePorts'];
}

/** Where clients reach the proxies. A port that only lacks a certificate is there already. */
export function service(gateway: Gateway, context: ServiceContext): Manifest {
  const { parameters, requested, current } = context;
  const { labels, annotations, ...settings } = parameters.service ?? {};
  const type = serviceTypeOf(gateway.spec.addresses ?? [], parameters);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(gateway, { labels, annotations }),
    spec: {
      type,
      selector: selectorOf(gateway),
      ports: servicePorts(context),
      ...addressesOf(type, requested, current),
      ...policiesOf(type, settings),
    },
  };
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP';
}

function servicePorts(
  { projections, listeners, legacyPorts, aliases }: Pick<
    ServiceContext,
    'projections' | 'listeners' | 'legacyPorts' | 'aliases'
  >,
): readonly ServicePort[] {
  const ports = new Map<string, ServicePort>();
  const nameOf = (port: number, protocol: string): string => `${protocol.toLowerCase()}-${port}`;
  const add = (port: number, protocol: ServicePort['protocol'], targetPort = port): void => {
    const name = nameOf(port, protocol);
    ports.set(name, { name, port, targetPort, protocol });
  };
  for (const { accepted, port, protocol: spoken } of projections) {
    if (accepted) add(port, spoken === 'UDP' ? 'UDP' : 'TCP');
  }
  for (const { port, quic } of listeners) if (quic === true) add(port, 'UDP');
  // What Listeners open themselves goes before other names of their ports.
  const opened = new Set([
    ...ports.keys(),
    ...legacyPorts.map(({ port, protocol }) => nameOf(port, protocol)),
  ]);
  for (const { port: target, protocol } of legacyPorts) {
    const free = aliases.filter((alias) =>
      alias.target === target && !opened.has(nameOf(alias.port, protocol))
    );
    for (const { port } of free) add(port, protocol, target);
    if (free.length === 0) add(target, protocol);
  }
  return [...ports.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/** Whatever is asked for, the API server lets no Service change its own address, and would refuse all else with it. */
function addressesOf(type: string, requested: readonly Requested[], current: string | undefined): object {
  const asked = requested.filter((request) => request.type === 'IPAddress' && request.value !== '');
  const own = asked.find((request) => isOwnAddress(request, type))?.value;
  const balanced = asked.find((request) => !isOwnAddress(request, type))?.value;
  return {
    ...(balanced === undefined ? {} : { loadBalancerIP: balanced }),
    ...(own === undefined || (current !== undefined && current !== own) ? {} : { clusterIP: own }),
  };
}

/** The API server refuses what is not for the type. */
function policiesOf(
  type: string,
  { externalTrafficPolicy, loadBalancerClass, loadBalancerSourceRanges }: NonNullable<
    GatewayParametersSpec['service']
  >,
): object {
  return {
    ...(externalTrafficPolicy === undefined || type === 'ClusterIP' ? {} : { externalTrafficPolicy }),
    ...(loadBalancerClass === undefined || type !== 'LoadBalancer' ? {} : { loadBalancerClass }),
    ...(loadBalancerSourceRanges === undefined || type !== 'LoadBalancer'
      ? {}
      : { loadBalancerSourceRanges }),
  };
}

import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { Listener } from '../../lib/model/mod.ts';
import type { ListenerProjection } from '../flow.ts';
import type { Requested } from '../gateway/place.ts';
import { type Manifest, metadataOf, selectorOf } from './manifest.ts';

export interface ServiceContext {
  readonly parameters: GatewayParametersSpec;
  readonly projections: readonly ListenerProjection[];
  /** What proxies bind. */
  readonly listeners: readonly Listener[];
  /** What of `spec.addresses` may be had. */
  readonly requested: readonly Requested[];
}

/** Where clients reach the proxies. A port that only lacks a certificate is there already. */
export function service(gateway: Gateway, context: ServiceContext): Manifest {
  const { parameters, requested } = context;
  const { labels, annotations, ...settings } = parameters.service ?? {};
  const { type = 'LoadBalancer' } = settings;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(gateway, { labels, annotations }),
    spec: {
      type,
      selector: selectorOf(gateway),
      ports: servicePorts(context),
      ...addressOf(type, requested),
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
  { projections, listeners }: Pick<ServiceContext, 'projections' | 'listeners'>,
): readonly ServicePort[] {
  const ports = new Map<string, ServicePort>();
  const add = (port: number, protocol: ServicePort['protocol']): void => {
    const name = `${protocol.toLowerCase()}-${port}`;
    ports.set(name, { name, port, targetPort: port, protocol });
  };
  for (const { accepted, port, protocol: spoken } of projections) {
    if (accepted) add(port, spoken === 'UDP' ? 'UDP' : 'TCP');
  }
  for (const { port, quic } of listeners) if (quic === true) add(port, 'UDP');
  return [...ports.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

function addressOf(type: string, requested: readonly Requested[]): object {
  const value = requested.find((address) => address.type === 'IPAddress' && address.value !== '')?.value;
  if (value === undefined || type === 'NodePort') return {};
  return type === 'LoadBalancer' ? { loadBalancerIP: value } : { clusterIP: value };
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

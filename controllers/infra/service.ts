import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { ListenerProjection } from '../flow.ts';
import type { Requested } from '../gateway/place.ts';
import { type Manifest, metadataOf, selectorOf } from './manifest.ts';

export interface ServiceContext {
  readonly parameters: GatewayParametersSpec;
  readonly projections: readonly ListenerProjection[];
  /** What of `spec.addresses` may be had. */
  readonly requested: readonly Requested[];
}

/** Where clients reach the proxies. A port that only lacks a certificate is there already. */
export function service(gateway: Gateway, { parameters, projections, requested }: ServiceContext): Manifest {
  const { labels, annotations, ...settings } = parameters.service ?? {};
  const { type = 'LoadBalancer' } = settings;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(gateway, { labels, annotations }),
    spec: {
      type,
      selector: selectorOf(gateway),
      ports: servicePorts(projections),
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

function servicePorts(projections: readonly ListenerProjection[]): readonly ServicePort[] {
  const ports = new Map<string, ServicePort>();
  for (const { accepted, port, protocol: spoken } of projections) {
    if (!accepted) continue;
    const protocol = spoken === 'UDP' ? 'UDP' : 'TCP';
    const name = `${protocol.toLowerCase()}-${port}`;
    ports.set(name, { name, port, targetPort: port, protocol });
  }
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

import { BlockList, isIP } from 'node:net';

import type { GatewaySpecAddress } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';

/** Reachable inside the cluster: the address of a Service (GEP-5093). */
export const CLUSTER = 'Cluster';
/** Means nothing and is told back: by it conformance tests see whether routability is reported. */
export const SENTINEL = 'testing.x-k8s.io/sentinel';

/** Whether a request says from where its address is to be reached. */
export function isScoped({ routability = '' }: Pick<GatewaySpecAddress, 'routability'>): boolean {
  return routability !== '' && routability !== SENTINEL;
}

/** A Gateway all of whose addresses are to be scoped gets no load balancer, which would be reached from anywhere. */
export function serviceTypeOf(
  addresses: readonly GatewaySpecAddress[],
  { service }: GatewayParametersSpec,
): 'LoadBalancer' | 'ClusterIP' | 'NodePort' {
  return addresses.length > 0 && addresses.every(isScoped) ? 'ClusterIP' : service?.type ?? 'LoadBalancer';
}

/** Whether an IP address is in one of the ranges, given as CIDR blocks. */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

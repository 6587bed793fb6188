import type { GatewayAddress, GatewayAddresses } from '../flow.ts';

/** A Gateway's Service as it is in the cluster. */
export interface ObservedService {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/**
 * Where a Gateway is reached on its listeners' ports, by its Service: by its load balancer, and inside the cluster by its
 * own addresses. Ports of nodes are others, so a Service of type `NodePort` is reached as one of type `ClusterIP` is.
 */
export function addressesOf({ spec, status }: ObservedService): Omit<GatewayAddresses, 'key'> {
  const own = list(field(spec, 'clusterIPs')).flatMap((value): readonly GatewayAddress[] => {
    const ip = text(value);
    return ip === undefined || ip === 'None'
      ? []
      : [{ type: 'IPAddress', value: ip, routability: 'Cluster' }];
  });
  if (field(spec, 'type') !== 'LoadBalancer') return { addresses: own, byDefault: 'Cluster' };
  const balanced = list(field(field(status, 'loadBalancer'), 'ingress')).flatMap(
    (ingress): readonly GatewayAddress[] => {
      const [ip, hostname] = [text(field(ingress, 'ip')), text(field(ingress, 'hostname'))];
      return [
        ...(ip === undefined ? [] : [{ type: 'IPAddress' as const, value: ip, routability: '' as const }]),
        ...(hostname === undefined
          ? []
          : [{ type: 'Hostname' as const, value: hostname, routability: '' as const }]),
      ];
    },
  );
  return { addresses: [...balanced, ...own], byDefault: '' };
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

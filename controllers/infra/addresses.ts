import type { GatewayAddresses } from '../flow.ts';

/** A Gateway's Service as it is in the cluster. */
export interface ObservedService {
  readonly spec?: unknown;
  readonly status?: unknown;
}

type Address = GatewayAddresses['addresses'][number];

/**
 * Where a Gateway is reached on its listeners' ports, by its Service. Ports of nodes are others, so a Service of type
 * `NodePort` is reached there as one of type `ClusterIP` is.
 */
export function addressesOf({ spec, status }: ObservedService): readonly Address[] {
  if (field(spec, 'type') === 'LoadBalancer') {
    return list(field(field(status, 'loadBalancer'), 'ingress')).flatMap((ingress) => {
      const [ip, hostname] = [text(field(ingress, 'ip')), text(field(ingress, 'hostname'))];
      return [
        ...(ip === undefined ? [] : [{ type: 'IPAddress', value: ip }]),
        ...(hostname === undefined ? [] : [{ type: 'Hostname', value: hostname }]),
      ];
    });
  }
  return list(field(spec, 'clusterIPs')).flatMap((value) => {
    const ip = text(value);
    return ip === undefined || ip === 'None' ? [] : [{ type: 'IPAddress', value: ip }];
  });
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

import type { Diagnostic, TcpProxy } from '../../lib/model/mod.ts';
import { ANY_HOSTNAME } from '../attachment/hostname.ts';
import type { ClusterUse, Stream } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { routeOf } from './destinations-key.ts';

/** What is done with the connections of a stream; nothing for UDP. */
export function tcpProxy(
  { key, fleet, protocol, backends }: Stream,
  { accessLog = false }: Settings,
): TcpProxy | undefined {
  if (protocol === 'udp') return undefined;
  return {
    key,
    fleet,
    backends: backends.map(({ cluster, weight }) => cluster === undefined ? { weight } : { cluster, weight }),
    ...(accessLog ? { accessLog } : {}),
  };
}

/** The cluster of a UDP listener, which is there with or without routes: they only change its endpoints. */
export function udpClusterUses({ key, gateway, fleet, protocol, backends }: Stream): readonly ClusterUse[] {
  if (protocol === 'tcp') return [];
  const cluster = {
    key,
    backend: gateway,
    protocol,
    discovery: {
      type: 'weighted',
      backends: backends.map(({ endpoints: from, weight }) =>
        from === undefined ? { weight } : { from, weight }
      ),
    },
  } as const;
  return [{ key: `${key}|${key}`, cluster, fleets: [fleet] }];
}

/** Told to each route that has nothing of a stream because of another. */
export function losses({ key, listener, route = '', losers }: Stream): readonly Diagnostic[] {
  const hostname = key.slice(listener.length + 1);
  const what = hostname === ANY_HOSTNAME ? 'everything' : `hostname ${hostname}`;
  const message = `${routeOf(route)} has precedence for ${what} on listener ${listener}.`;
  return losers.map((loser) => {
    const [kind = '', namespace = '', name = ''] = routeOf(loser).split('/');
    return {
      object: { group: 'gateway.networking.k8s.io', kind, namespace, name },
      severity: 'warning',
      code: 'Superseded',
      field: 'spec.parentRefs',
      message,
    };
  });
}

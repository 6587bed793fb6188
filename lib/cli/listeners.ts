import type { GatewayResult } from '../../controllers/flow.ts';
import type { Dataflow } from '../../controllers/graph.ts';
import { describe } from '../model/mod.ts';

/** One address and port that is bound, in the words of the manifests. */
export interface BoundListener {
  /** The Gateway `namespace/name`, with the names of the listeners that share the port; or a legacy Listener. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** HTTP/3 is served where its port can be had. */
  readonly transport: 'tcp' | 'udp' | 'quic';
}

export type Gateways = readonly Pick<GatewayResult, 'key' | 'listeners' | 'projections'>[];
type Bound = Pick<GatewayResult['listeners'][number], 'gateway' | 'address' | 'bindPort' | 'udp' | 'quic'>;

/** What Gateways bind, then what Listeners of `getambassador.io` do. */
export function boundListeners(gateways: Gateways, legacy: readonly Bound[] = []): BoundListener[] {
  const own = gateways.flatMap(({ key: gateway, listeners, projections }) =>
    listeners.map((listener): BoundListener => {
      const { address, bindPort, quic } = listener;
      const key = listener.key.replace(/\/quic$/, '');
      const sections = projections.filter(({ routeConfig }) => routeConfig === key).map(({ section }) =>
        section
      );
      const also = quic === true ? ' (HTTP/3)' : '';
      return {
        name: `Gateway ${gateway}, listener ${sections.join(', ')}${also}`,
        host: address,
        port: bindPort,
        transport: transportOf(listener),
      };
    })
  );
  return [
    ...own,
    ...legacy.map((listener) => ({
      name: describe(listener.gateway),
      host: listener.address,
      port: listener.bindPort,
      transport: transportOf(listener),
    })),
  ];
}

function transportOf({ udp, quic }: Pick<Bound, 'udp' | 'quic'>): BoundListener['transport'] {
  return udp !== undefined ? 'udp' : quic === true ? 'quic' : 'tcp';
}

/** Everything that a dataflow binds. */
export function listenersOf({ gateways, legacyListeners }: Dataflow): BoundListener[] {
  return boundListeners(gateways.values(), legacyListeners.values());
}

import type { GatewayResult } from '../../controllers/flow.ts';
import type { Dataflow } from '../../controllers/graph.ts';
import { describe } from '../model/mod.ts';

/** One address and port that is bound, in the words of the manifests. */
export interface BoundListener {
  /** The Gateway `namespace/name`, with the names of the listeners that share the port; or a legacy Listener. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export type Gateways = readonly Pick<GatewayResult, 'key' | 'listeners' | 'projections'>[];
type Bound = Pick<GatewayResult['listeners'][number], 'gateway' | 'address' | 'bindPort'>;

/** What Gateways bind, then what Listeners of `getambassador.io` do. */
export function boundListeners(gateways: Gateways, legacy: readonly Bound[] = []): BoundListener[] {
  const own = gateways.flatMap(({ key: gateway, listeners, projections }) =>
    listeners.map(({ key, address, bindPort }) => {
      const sections = projections.filter(({ routeConfig }) => routeConfig === key).map(({ section }) =>
        section
      );
      return { name: `Gateway ${gateway}, listener ${sections.join(', ')}`, host: address, port: bindPort };
    })
  );
  return [
    ...own,
    ...legacy.map(({ gateway, address, bindPort }) => ({
      name: describe(gateway),
      host: address,
      port: bindPort,
    })),
  ];
}

/** Everything that a dataflow binds. */
export function listenersOf({ gateways, legacyListeners }: Dataflow): BoundListener[] {
  return boundListeners(gateways.values(), legacyListeners.values());
}

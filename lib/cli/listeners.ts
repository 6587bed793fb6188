import type { GatewayResult } from '../../controllers/flow.ts';

/** One address and port that is bound, in the words of the manifests. */
export interface BoundListener {
  /** `namespace/name`. */
  readonly gateway: string;
  /** Names of the listeners that share it. */
  readonly sections: readonly string[];
  readonly host: string;
  readonly port: number;
}

export type Gateways = readonly Pick<GatewayResult, 'key' | 'listeners' | 'projections'>[];

export function boundListeners(gateways: Gateways): BoundListener[] {
  return gateways.flatMap(({ key: gateway, listeners, projections }) =>
    listeners.map(({ key, address, bindPort }) => ({
      gateway,
      sections: projections.filter(({ routeConfig }) => routeConfig === key).map(({ section }) => section),
      host: address,
      port: bindPort,
    }))
  );
}

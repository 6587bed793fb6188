import type { ExternalAuth } from './external-auth.ts';

/**
 * One hostname on one port: which routes serve it (Envoy `VirtualHost`, sent by VHDS).
 * `key` is `routeConfig/domain`, the VHDS resource name.
 */
export interface VirtualHost {
  readonly key: string;
  readonly routeConfig: string;
  readonly fleet: string;
  /** Port that redirects name. */
  readonly port: number;
  /** Whether its listener is for HTTPS, which redirects keep to. */
  readonly https?: true;
  /** `*`, exact or `*.suffix`; lower case. */
  readonly domain: string;
  /** Set if the port has several HTTPS chains: requests from any other chain get 421. */
  readonly chainId?: string;
  /**
   * What the listener asks before routing (GEP-5224), in this order, of every request that came by its chain. Without the
   * cluster of one of them every request gets 500.
   */
  readonly preRouting?: readonly ExternalAuth[];
  /** Bytes of a request that are kept, such as for another try, by whatever protocol it comes. Absent: as the port has it. */
  readonly bufferLimit?: number;
  /** Route sets that serve it. Empty: every request gets 404. */
  readonly members: readonly Member[];
}

export interface Member {
  /** Key of the RouteSet. */
  readonly routes: string;
  /** Hostname that the route itself says, `*` if none: a more specific one goes first. Empty: goes after all that are not. */
  readonly hostname: string;
}

/** The implementation's names, the same in every mode. */
export const CONTROLLER_NAME = 'dragoman.dev/gateway-controller';
export const API_GROUP = 'dragoman.dev';

/** The one fleet of standalone mode. */
export const STANDALONE_FLEET = 'standalone';

/** What the operator decides at start; constant while the graph lives. */
export interface Settings {
  readonly mode: 'standalone' | 'kubernetes';
  /** Standalone: the address of Gateways that ask for none. */
  readonly bind: string;
  /** Standalone: added to listener ports under 1024 when binding and in redirects; 0 binds them as they are. */
  readonly privilegedPortShift: number;
  /** Endpoints on loopback and link-local addresses are used; refused in Kubernetes mode. */
  readonly allowLocalBackends: boolean;
  /** Proxies write a line of JSON for each request to their standard output. */
  readonly accessLog?: boolean;
}

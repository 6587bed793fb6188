import type { LegacySettings } from '../lib/api/legacy/mod.ts';

/** The implementation's names, the same in every mode. */
export const CONTROLLER_NAME = 'dragoman.dev/gateway-controller';
export const API_GROUP = 'dragoman.dev';

/** The one fleet of standalone mode. */
export const STANDALONE_FLEET = 'standalone';

/** Where proxies in Kubernetes answer probes and scrapes, and are told to drain; no Gateway can have it. */
export const HEALTH_PORT = 19_001;

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
  /** What the environment of an installation of Ambassador or Emissary says; its defaults, if absent. */
  readonly legacy?: LegacySettings;
  /** Scripts of the ambassador Module run in the proxies. */
  readonly legacyLua?: boolean;
  /** Kubernetes: how Gateways get proxies; without it they get none. */
  readonly kubernetes?: KubernetesSettings;
}

export interface KubernetesSettings {
  /** The controller's own namespace, which has the Service `dragoman-xds`. */
  readonly namespace: string;
  /** The Envoy image of proxies whose parameters name none. */
  readonly envoyImage: string;
  /** What proxies bind: `0.0.0.0`, or `::` for both families where Pods have IPv6. */
  readonly bind: string;
  readonly xds: {
    /** Where proxies find the xDS server instead of at the Service, by name or address. */
    readonly host?: string;
    readonly port: number;
  };
  /** What drain tokens are made from: a secret of the installation, the same for all replicas and after restarts. */
  readonly drainKey: string;
  /** Who serves legacy Listeners; absent where legacy resources are none of this controller's business. */
  readonly legacy?: LegacyProxies;
}

export interface LegacyProxies {
  /** Of Listeners that name none: made up, unless there is one of this name. */
  readonly gateway: { readonly namespace: string; readonly name: string };
  /** Of the one that is made up. */
  readonly gatewayClassName: string;
  /** Ports of its Service, and the ports of Listeners behind them, which are then reached by these alone. */
  readonly servicePorts: readonly { readonly port: number; readonly target: number }[];
}

import type {
  BackendView,
  DiagnosticView,
  GatewayView,
  LegacyView,
  ProxyView,
  RouteView,
} from './schemas.ts';

/** A list that the API pages through: views are made only for the items of the page. */
export interface Listing<T> {
  /** In order. */
  readonly keys: readonly string[];
  /** Whose item it is, for the filters. */
  identify(key: string): { readonly namespace: string; readonly name: string };
  /** Absent if the item went away meanwhile. */
  view(key: string): T | undefined;
}

/** What the status API reads; given by whoever runs the graph. */
export interface StatusSources {
  readonly version: string;
  /** Ready once the first full configuration was accepted by a proxy; `reason` says what is missing. */
  readiness(): { readonly ready: boolean; readonly reason?: string };
  /** Prometheus text. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  gateways(): Listing<GatewayView>;
  routes(): Listing<RouteView>;
  /** Resources of `getambassador.io`. */
  legacy(): Listing<LegacyView>;
  backends(): Listing<BackendView>;
  diagnostics(): Listing<DiagnosticView>;
  proxies(): Listing<ProxyView>;
  /** What a value of the graph was computed from; absent if there is no such value. */
  explain(collection: string, key: string): readonly string[] | undefined;
}

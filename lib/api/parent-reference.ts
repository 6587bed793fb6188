/** What a route, listener set or status entry is attached to: a Gateway, a ListenerSet or, in a mesh, a Service. */
export interface ParentReference {
  /** `gateway.networking.k8s.io` by default; empty for core kinds. */
  readonly group: string;
  /** `Gateway` by default. */
  readonly kind: string;
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly sectionName?: string | undefined;
  readonly port?: number | undefined;
}

export type GatewayDefaultScope = 'All' | 'None';

/** The part of a route's `spec` that all route kinds share. */
export interface CommonRouteSpec {
  readonly parentRefs?: readonly ParentReference[] | undefined;
  readonly useDefaultGateways?: GatewayDefaultScope | undefined;
}

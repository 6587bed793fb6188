import type { Keyed } from '../graph/types.ts';

/** The xDS types that are served, by the last word of their type URL. */
export type ResourceType =
  | 'Cluster'
  | 'ClusterLoadAssignment'
  | 'Listener'
  | 'TypedExtensionConfig'
  | 'RouteConfiguration'
  | 'VirtualHost'
  | 'Secret';

/** Type URLs, as Envoy subscribes to them. */
export const TYPE_URL: Readonly<Record<ResourceType, string>> = {
  Cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  ClusterLoadAssignment: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  Listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  TypedExtensionConfig: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
  RouteConfiguration: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  VirtualHost: 'type.googleapis.com/envoy.config.route.v3.VirtualHost',
  Secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
};

/** One encoded xDS resource: what a proxy receives, and what must be there before it. */
export interface Resource extends Keyed {
  /** `type|name`. */
  readonly key: string;
  readonly type: ResourceType;
  readonly name: string;
  /** Hash of `bytes`. */
  readonly version: string;
  /** An encoded `envoy.service.discovery.v3.Resource` with name, version and the packed message. */
  readonly bytes: Uint8Array;
  /** Keys of resources that a proxy must have accepted before it gets this one. */
  readonly needs: readonly string[];
  /** It is not known yet: a proxy keeps what it has of that name, and waits if it has nothing. */
  readonly pending?: true;
  /** Pieces that can be refused one by one, such as the routes of a virtual host. */
  readonly parts?: readonly ResourcePart[];
}

export interface ResourcePart {
  /** Hash of the part's own bytes. */
  readonly hash: string;
  /** Key of the model value that it comes from, such as a RouteSet's. */
  readonly source: string;
}

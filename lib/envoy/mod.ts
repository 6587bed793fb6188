/** The model as Envoy's protobufs: one pure function for each xDS type. */
export { encodeCluster, encodeEmptyCluster } from './cluster.ts';
export { encodeEndpoints } from './endpoints.ts';
export { inlineBootstrap } from './inline.ts';
export { resourceJson, revealedJson } from './json.ts';
export { encodeListener } from './listener.ts';
export { type Resource, type ResourcePart, type ResourceType, TYPE_URL } from './resource.ts';
export { type EncodedRoute, type EncodedRouteSet, encodeRouteSet } from './route.ts';
export { encodeClosedRouteConfiguration, encodeRouteConfiguration } from './route-configuration.ts';
export { encodeSecret } from './secret.ts';
export { encodeClosedTcpProxy, encodeTcpProxy } from './tcp-proxy.ts';
export { type EncodedMember, encodeVirtualHost, type Refused } from './virtual-host.ts';

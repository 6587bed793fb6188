/** The benchmark's objects: N routes, each with a Service and an EndpointSlice of its own. */

export type Layout = 'own-hostnames' | 'one-hostname';

/** Ports of the streams' listeners begin with the first; one whose ListenerSet is changed gets its port of the second range. */
const STREAM_PORTS = [10_000, 20_000] as const;

export interface Workload {
  readonly routes: number;
  readonly layout: Layout;
  /** Port of the Gateway's listener. */
  readonly port: number;
  /** TCPRoutes, each on the listener of a ListenerSet of its own. */
  readonly streams: number;
  /** Ports of two echo servers on 127.0.0.1; every endpoint is the first one unless changed. */
  readonly upstreams: readonly [number, number];
}

export function hostOf(layout: Layout, route: number): string {
  return layout === 'own-hostnames' ? `h${route}.example.com` : 'shared.example.com';
}

/** Path prefix that reaches the route. */
export function pathOf(layout: Layout, route: number): string {
  return layout === 'own-hostnames' ? '/' : `/r${route}`;
}

export function gatewayObjects({ port }: Pick<Workload, 'port'>): unknown[] {
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'dragoman' },
      spec: { controllerName: 'dragoman.dev/gateway-controller' },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'gateway', namespace: 'bench' },
      spec: {
        gatewayClassName: 'dragoman',
        listeners: [{ name: 'http', protocol: 'HTTP', port }],
        allowedListeners: { namespaces: { from: 'Same' } },
      },
    },
  ];
}

export interface RouteVersion {
  /** Shows as the response header `x-revision`; absent for a route as it was first made. */
  readonly revision?: number;
  /** Of the Service that it leads to; the route's own unless told. */
  readonly service?: number;
}

export function routeObject(
  workload: Pick<Workload, 'layout'>,
  route: number,
  { revision, service = route }: RouteVersion = {},
): unknown {
  const filters = revision === undefined ? {} : {
    filters: [{
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'x-revision', value: String(revision) }] },
    }],
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `r${route}`, namespace: 'bench' },
    spec: {
      parentRefs: [{ name: 'gateway' }],
      hostnames: [hostOf(workload.layout, route)],
      rules: [{
        matches: [{ path: { type: 'PathPrefix', value: pathOf(workload.layout, route) } }],
        backendRefs: [{ name: `s${service}`, port: 80 }],
        ...filters,
      }],
    },
  };
}

/** The port of a stream's listener. */
export function streamPort(stream: number, moved = false): number {
  return STREAM_PORTS[moved ? 1 : 0] + stream;
}

export function listenerSetObject(stream: number, moved = false): unknown {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name: `l${stream}`, namespace: 'bench' },
    spec: {
      parentRef: { name: 'gateway' },
      listeners: [{ name: 'tcp', protocol: 'TCP', port: streamPort(stream, moved) }],
    },
  };
}

/** Leads to the Service of the HTTPRoute with the same number unless told. */
export function tcpRouteObject(stream: number, service: string = `s${stream}`): unknown {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TCPRoute',
    metadata: { name: `t${stream}`, namespace: 'bench' },
    spec: {
      parentRefs: [{ kind: 'ListenerSet', name: `l${stream}` }],
      rules: [{ backendRefs: [{ name: service, port: 80 }] }],
    },
  };
}

/** Without its port, the route answers 500. */
export function serviceObject(route: number | string, withPort = true): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${route}`, namespace: 'bench' },
    spec: { ports: [{ name: 'http', port: withPort ? 80 : 81 }] },
  };
}

export interface Endpoint {
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly address?: string;
}

export function endpointSliceObject(
  route: number | string,
  { port, address = '127.0.0.1' }: Endpoint,
): unknown {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `s${route}-1`,
      namespace: 'bench',
      labels: { 'kubernetes.io/service-name': `s${route}` },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'http', port, protocol: 'TCP' }],
  };
}

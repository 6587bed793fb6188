/** The benchmark's objects: N routes, each with a Service and an EndpointSlice of its own. */

export type Layout = 'own-hostnames' | 'one-hostname';

export interface Workload {
  readonly routes: number;
  readonly layout: Layout;
  /** Port of the Gateway's listener. */
  readonly port: number;
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
      spec: { gatewayClassName: 'dragoman', listeners: [{ name: 'http', protocol: 'HTTP', port }] },
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

/** Without its port, the route answers 500. */
export function serviceObject(route: number, withPort = true): unknown {
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
  route: number,
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

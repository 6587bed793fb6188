/** Models for tests, and a real Envoy that serves them. */

import { createServer, type IncomingHttpHeaders, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster, ObjectRef, Route, RouteSet, VirtualHost } from '../../model/mod.ts';
import { findEnvoy } from '../../proxy/binary.ts';
import { EnvoyProcess } from '../../proxy/process.ts';
import {
  encodeCluster,
  encodeEndpoints,
  encodeListener,
  encodeRouteConfiguration,
  encodeRouteSet,
  encodeVirtualHost,
  inlineBootstrap,
  type Resource,
} from '../mod.ts';

export const ROUTE_CONFIG = 'default/gateway/8080';

const gateway: ObjectRef = {
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  namespace: 'default',
  name: 'gateway',
};

export function cluster(key: string, changes: Partial<Cluster> = {}): Cluster {
  return {
    key,
    backend: { group: '', kind: 'Service', namespace: 'default', name: key },
    protocol: 'http1',
    discovery: { type: 'endpoints', service: `default/${key}`, port: 80 },
    ...changes,
  };
}

/** A route of a path prefix. */
export function route(
  path: string,
  action: Partial<Route['action']> = {},
  changes: Partial<Route> = {},
): Route {
  const forward = {
    type: 'forward',
    backends: [{ cluster: 'default/echo', weight: 1 }],
    mirrors: [],
    timeout: 0,
  };
  return {
    name: `HTTPRoute/default/test${path}`,
    match: { path: { type: 'prefix', value: path }, headers: [], queryParams: [] },
    rank: {
      pathType: 1,
      pathLength: path.length,
      method: false,
      headers: 0,
      queryParams: 0,
      rule: 0,
      match: 0,
    },
    action: { ...(action.type === undefined ? forward : {}), ...action } as Route['action'],
    ...changes,
  };
}

export function routeSet(name: string, routes: readonly Route[], created = 0): RouteSet {
  return {
    key: `HTTPRoute/default/${name}`,
    origin: { group: gateway.group, kind: 'HTTPRoute', namespace: 'default', name },
    created,
    routes,
  };
}

export function virtualHost(domain: string, changes: Partial<VirtualHost> = {}): VirtualHost {
  return {
    key: `${ROUTE_CONFIG}/${domain}`,
    routeConfig: ROUTE_CONFIG,
    fleet: 'default/gateway',
    port: 8080,
    domain,
    members: [],
    ...changes,
  };
}

export function listener(chainId?: string): Resource {
  const handler = { type: 'http', routeConfig: ROUTE_CONFIG } as const;
  return encodeListener({
    key: ROUTE_CONFIG,
    fleet: 'default/gateway',
    gateway,
    address: '127.0.0.1',
    bindPort: 0,
    port: 8080,
    chains: [{
      name: ROUTE_CONFIG,
      serverNames: [],
      handler: chainId === undefined ? handler : { ...handler, chainId },
    }],
  });
}

export interface ServeOptions {
  readonly routes: readonly Route[];
  /** Ports of 127.0.0.1 by the name of the cluster. */
  readonly backends: Readonly<Record<string, number>>;
  readonly domain?: string;
  /** Of the connection manager, and of the virtual host. */
  readonly chains?: readonly [string | undefined, string | undefined];
}

/** What a listener with one hostname consists of. */
export function resources(
  { routes, backends, domain = '*', chains = [undefined, undefined] }: ServeOptions,
): Resource[] {
  const [own, hosts] = chains;
  const host = virtualHost(domain, hosts === undefined ? {} : { chainId: hosts });
  return [
    ...Object.keys(backends).map((key) => encodeCluster(cluster(key))),
    ...Object.entries(backends).map(([key, port]) =>
      encodeEndpoints({ key, endpoints: [{ address: '127.0.0.1', port }] })
    ),
    listener(own),
    encodeRouteConfiguration({ key: ROUTE_CONFIG, fleet: 'default/gateway', port: 8080 }),
    encodeVirtualHost(host, [{ hostname: '*', set: encodeRouteSet(routeSet('test', routes)) }]),
  ];
}

/** Runs Envoy on resources; `port` is where their listener listens. */
export async function serve(all: readonly Resource[]): Promise<AsyncDisposable & { readonly port: number }> {
  const envoy = new EnvoyProcess({
    binary: findEnvoy(),
    bootstrap: (admin) => ({
      ...inlineBootstrap(all),
      node: { id: 'test', cluster: 'test' },
      admin: {
        address: 'path' in admin
          ? { pipe: { path: admin.path } }
          : { socketAddress: { address: admin.host, portValue: admin.port } },
      },
    }),
    concurrency: 1,
    drainMs: 0,
  });
  await envoy.start();
  await envoy.live(10_000);
  const { body } = await envoy.request('/listeners?format=json');
  const statuses = JSON.parse(body) as {
    listener_statuses: { local_address: { socket_address: { port_value: number } } }[];
  };
  const port = statuses.listener_statuses[0]?.local_address.socket_address.port_value;
  if (port === undefined) throw new Error('Envoy has no listener');
  return { port, [Symbol.asyncDispose]: () => envoy.stop() };
}

/** An HTTP server on a free port of 127.0.0.1. */
export async function backend(
  handler: RequestListener,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GetOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function get(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: GetOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => body += chunk).on('error', reject);
      incoming.on(
        'end',
        () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
      );
    });
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error('no answer within 10 s')));
    outgoing.on('error', reject).end();
  });
}

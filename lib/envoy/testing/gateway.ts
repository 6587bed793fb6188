/** A real Envoy that serves what tests encode. */

import { createServer, type IncomingHttpHeaders, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from '../../model/mod.ts';
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
import { cluster, LISTENER, ROUTE_CONFIG, routeSet, virtualHost } from './models.ts';

function listener(chainId?: string): Resource {
  if (chainId === undefined) return encodeListener(LISTENER);
  const chains = LISTENER.chains.map((chain) => ({ ...chain, handler: { ...chain.handler, chainId } }));
  return encodeListener({ ...LISTENER, chains });
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

export interface Served extends AsyncDisposable {
  /** Where the listener listens. */
  readonly port: number;
  /** What Envoy counts, of names that match a regular expression. */
  stats(filter: string): Promise<Readonly<Record<string, number>>>;
  /** Bytes that Envoy has allocated, at this moment. */
  memory(): Promise<number>;
}

/** Runs Envoy on resources. */
export async function serve(all: readonly Resource[]): Promise<Served> {
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
  return {
    port,
    async stats(filter) {
      const { body } = await envoy.request(`/stats?format=json&filter=${encodeURIComponent(filter)}`);
      const { stats } = JSON.parse(body) as { stats: { name: string; value: number }[] };
      return Object.fromEntries(stats.map(({ name, value }) => [name, value]));
    },
    async memory() {
      const { body } = await envoy.request('/memory');
      return Number((JSON.parse(body) as { allocated: string }).allocated);
    },
    [Symbol.asyncDispose]: () => envoy.stop(),
  };
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

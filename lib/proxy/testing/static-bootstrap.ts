import type { JsonObject } from '@bufbuild/protobuf';
import { type Address, bootstrap, type BootstrapJson } from '../bootstrap.ts';

/** A bootstrap that needs no xDS server: one listener on a free loopback port, all of it to one port of 127.0.0.1. */
export function staticBootstrap(admin: Address, upstreamPort: number): BootstrapJson {
  return withListener(admin, upstreamPort, {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: 'test',
    httpFilters: [{
      name: 'router',
      typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
    }],
    routeConfig: {
      virtualHosts: [{
        name: 'all',
        domains: ['*'],
        routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream' } }],
      }],
    },
  });
}

/** The same for whatever bytes. */
export function tcpBootstrap(admin: Address, upstreamPort: number): BootstrapJson {
  return withListener(admin, upstreamPort, {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    statPrefix: 'test',
    cluster: 'upstream',
  });
}

function withListener(admin: Address, upstreamPort: number, filter: JsonObject): BootstrapJson {
  const { dynamicResources: _, ...rest } = bootstrap({
    node: { id: 'test', cluster: 'test' },
    admin,
    xds: { host: '127.0.0.1', port: 1 },
  });
  return {
    ...rest,
    staticResources: {
      listeners: [{
        name: 'test',
        address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
        filterChains: [{ filters: [{ name: 'only', typedConfig: filter }] }],
      }],
      clusters: [...rest.staticResources?.clusters ?? [], {
        name: 'upstream',
        type: 'STATIC',
        loadAssignment: {
          clusterName: 'upstream',
          endpoints: [{
            lbEndpoints: [{
              endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: upstreamPort } } },
            }],
          }],
        },
      }],
    },
  };
}

import { type Address, bootstrap, type BootstrapJson } from '../bootstrap.ts';

/** A bootstrap that needs no xDS server: one listener on a free loopback port, all of it to one port of 127.0.0.1. */
export function staticBootstrap(admin: Address, upstreamPort: number): BootstrapJson {
  const { dynamicResources: _, ...rest } = bootstrap({
    node: { id: 'test', cluster: 'test' },
    admin,
    xds: { host: '127.0.0.1', port: 1 },
  });
  const manager = {
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
  };
  return {
    ...rest,
    staticResources: {
      listeners: [{
        name: 'test',
        address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
        filterChains: [{ filters: [{ name: 'http', typedConfig: manager }] }],
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

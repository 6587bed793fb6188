import type { JsonObject } from '@bufbuild/protobuf';
import { bootstrap } from '../bootstrap.ts';
import { type Address, type BootstrapJson, XDS_CLUSTER } from '../bootstrap-parts.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** All HTTP goes to one port of 127.0.0.1, WebSockets too. */
const HTTP: JsonObject = {
  '@type': `type.googleapis.com/${HCM}`,
  statPrefix: 'test',
  upgradeConfigs: [{ upgradeType: 'websocket' }],
  httpFilters: [{
    name: 'router',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  }],
  routeConfig: {
    virtualHosts: [{
      name: 'all',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream', timeout: '0s' } }],
    }],
  },
};

/** The same for whatever bytes. */
const TCP: JsonObject = {
  '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  statPrefix: 'test',
  cluster: 'upstream',
};

/** A bootstrap that needs no xDS server: one listener on a free loopback port, all of it to one port of 127.0.0.1. */
export function staticBootstrap(admin: Address, upstreamPort: number): BootstrapJson {
  return withListener(plain(admin), { upstreamPort });
}

/** The same for whatever bytes. */
export function tcpBootstrap(admin: Address, upstreamPort: number): BootstrapJson {
  return withListener(plain(admin), { upstreamPort, protocol: 'tcp' });
}

function plain(admin: Address): BootstrapJson {
  return bootstrap({ node: { id: 'test', cluster: 'test' }, admin, xds: { host: '127.0.0.1', port: 1 } });
}

/** A bootstrap with a listener `test` instead of an xDS server. */
export function withListener(
  base: BootstrapJson,
  { upstreamPort, protocol = 'http' }: { readonly upstreamPort: number; readonly protocol?: 'http' | 'tcp' },
): BootstrapJson {
  const { dynamicResources: _, ...rest } = base;
  const { listeners = [], clusters = [] } = rest.staticResources ?? {};
  return {
    ...rest,
    staticResources: {
      listeners: [...listeners, {
        name: 'test',
        address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
        filterChains: [{ filters: [{ name: 'only', typedConfig: protocol === 'http' ? HTTP : TCP }] }],
      }],
      clusters: [...clusters.filter(({ name }) => name !== XDS_CLUSTER), {
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

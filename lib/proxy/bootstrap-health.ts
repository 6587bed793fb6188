import type { ClusterJson } from '../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { ListenerJson } from '../envoy/gen/envoy/config/listener/v3/listener_pb.ts';
import type { FilterConfigJson, RouteJson } from '../envoy/gen/envoy/config/route/v3/route_components_pb.ts';
import type { HTTPFaultJson } from '../envoy/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import type { LuaJson } from '../envoy/gen/envoy/extensions/filters/http/lua/v3/lua_pb.ts';
import type { RouterJson } from '../envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from '../envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import {
  ADMIN_CLUSTER,
  type DrainBounds,
  drainFilter,
  drainMetadata,
  OWN_STATS,
  PAUSE,
  PAUSE_CLUSTER,
} from './bootstrap-drain.ts';
import { type Address, address, any } from './bootstrap-parts.ts';

/** The request header with the token that a drain needs. */
export const DRAIN_HEADER = 'x-dragoman-drain-token';

/** The listener that answers about health. */
export const healthListenerName: string = `${OWN_STATS}health`;

export interface HealthOptions {
  /** Where the proxy answers, to everybody. */
  readonly health: { readonly host: string; readonly port: number };
  /** The admin interface. */
  readonly admin: Address;
  /** A socket for the proxy's own use. */
  readonly pause: Address;
  readonly drain: DrainBounds & { readonly token: string };
}

/** Listeners and clusters that a bootstrap needs for its health. */
export interface HealthParts {
  readonly listeners: readonly ListenerJson[];
  readonly clusters: readonly ClusterJson[];
}

/**
 * What of the admin interface may be asked from outside: `GET /ready` (200 while the proxy has a full configuration and does
 * not drain), `/live` (200 while it answers at all) and `/stats/prometheus`; and `GET /drain` with the token, which answers
 * when the proxy may be ended. Nothing is answered before the first full configuration, since no listener is.
 */
export function healthParts({ health, admin, pause, drain }: HealthOptions): HealthParts {
  return {
    listeners: [healthListener(health, drain), pauseListener(pause)],
    clusters: [socketCluster(ADMIN_CLUSTER, admin), socketCluster(PAUSE_CLUSTER, pause)],
  };
}

function healthListener(
  { host, port }: HealthOptions['health'],
  { token, ...bounds }: HealthOptions['drain'],
): ListenerJson {
  const name = healthListenerName;
  return {
    name,
    statPrefix: name,
    address: address({ host, port }),
    // A proxy that is full is healthy, and may be drained.
    ignoreGlobalConnLimit: true,
    bypassOverloadManager: true,
    filterChains: [{
      filters: [connectionManager(name, {
        filters: [{
          name: LUA,
          disabled: true,
          typedConfig: any<LuaJson>('envoy.extensions.filters.http.lua.v3.Lua', drainFilter()),
        }],
        routes: [
          adminRoute('/ready'),
          adminRoute('/live', '/hot_restart_version'),
          adminRoute('/stats/prometheus'),
          drainRoute(token, bounds),
        ],
      })],
    }],
  };
}

const LUA = 'envoy.filters.http.lua';
const FAULT = 'envoy.filters.http.fault';

function adminRoute(path: string, target: string = path): RouteJson {
  return {
    match: getOf(path),
    // Counting all stats of a large configuration takes its time.
    route: { cluster: ADMIN_CLUSTER, timeout: '30s', ...(target === path ? {} : { prefixRewrite: target }) },
  };
}

function drainRoute(token: string, bounds: DrainBounds): RouteJson {
  const { headers, ...match } = getOf('/drain');
  return {
    match: { ...match, headers: [...headers, { name: DRAIN_HEADER, stringMatch: { exact: token } }] },
    // The script answers.
    directResponse: { status: 500 },
    metadata: { filterMetadata: { [LUA]: drainMetadata(bounds) } },
    typedPerFilterConfig: {
      [LUA]: any<FilterConfigJson>('envoy.config.route.v3.FilterConfig', { config: {} }),
    },
  };
}

function getOf(path: string) {
  return { path, headers: [{ name: ':method', stringMatch: { exact: 'GET' } }] };
}

/** Scripts cannot wait, but they can ask something that answers late. */
function pauseListener(pause: Address): ListenerJson {
  const name = `${OWN_STATS}pause`;
  const fault = 'envoy.extensions.filters.http.fault.v3.HTTPFault';
  return {
    name,
    statPrefix: name,
    address: address(pause),
    ignoreGlobalConnLimit: true,
    bypassOverloadManager: true,
    filterChains: [{
      filters: [connectionManager(name, {
        filters: [{
          name: FAULT,
          typedConfig: any<HTTPFaultJson>(fault, {
            delay: { fixedDelay: `${PAUSE / 1_000}s`, percentage: { numerator: 100 } },
          }),
        }],
        routes: [{ match: { prefix: '/' }, directResponse: { status: 204 } }],
      })],
    }],
  };
}

function connectionManager(
  statPrefix: string,
  { filters, routes }: { readonly filters: HttpFilterJson[]; readonly routes: RouteJson[] },
) {
  const name = 'envoy.filters.network.http_connection_manager';
  return {
    name,
    typedConfig: any<HttpConnectionManagerJson>(
      'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      {
        statPrefix,
        // A drain takes as long as it takes.
        streamIdleTimeout: '0s',
        requestHeadersTimeout: '10s',
        httpFilters: [...filters, {
          name: 'envoy.filters.http.router',
          typedConfig: any<RouterJson>('envoy.extensions.filters.http.router.v3.Router', {}),
        }],
        routeConfig: { name: statPrefix, virtualHosts: [{ name: statPrefix, domains: ['*'], routes }] },
      },
    ),
  };
}

function socketCluster(name: string, socket: Address): ClusterJson {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: address(socket) } }] }],
    },
  };
}

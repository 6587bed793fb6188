/** Small resources for tests: real ones, that a real Envoy accepts. */

import { create, type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { createHash } from 'node:crypto';
import { ClusterSchema } from '../../envoy/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { TypedExtensionConfigSchema } from '../../envoy/gen/envoy/config/core/v3/extension_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../envoy/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../envoy/gen/envoy/config/listener/v3/listener_pb.ts';
import { VirtualHostSchema } from '../../envoy/gen/envoy/config/route/v3/route_components_pb.ts';
import { RouteConfigurationSchema } from '../../envoy/gen/envoy/config/route/v3/route_pb.ts';
import { HttpConnectionManagerSchema } from '../../envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { RouterSchema } from '../../envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { SecretSchema } from '../../envoy/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import { UpstreamTlsContextSchema } from '../../envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { ResourceSchema } from '../../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { createRegistry } from '@bufbuild/protobuf';
import type { Resource, ResourcePart, ResourceType } from '../../envoy/resource.ts';

const SCHEMAS: Readonly<Record<ResourceType, DescMessage>> = {
  Cluster: ClusterSchema,
  ClusterLoadAssignment: ClusterLoadAssignmentSchema,
  Listener: ListenerSchema,
  TypedExtensionConfig: TypedExtensionConfigSchema,
  RouteConfiguration: RouteConfigurationSchema,
  VirtualHost: VirtualHostSchema,
  Secret: SecretSchema,
};

const registry = createRegistry(HttpConnectionManagerSchema, RouterSchema, UpstreamTlsContextSchema);

const ADS = { ads: {}, resourceApiVersion: 'V3' };

/** Encodes a resource from Envoy's JSON. */
export function encode(
  type: ResourceType,
  json: JsonValue,
  options: { name: string; needs?: readonly string[]; parts?: readonly ResourcePart[] },
): Resource {
  const schema = SCHEMAS[type];
  const resource = anyPack(schema, fromJson(schema, json, { registry }));
  const version = createHash('sha256').update(resource.value).digest('hex').slice(0, 16);
  const message = create(ResourceSchema, { name: options.name, version, resource });
  return {
    key: `${type}|${options.name}`,
    type,
    name: options.name,
    version,
    bytes: toBinary(ResourceSchema, message),
    needs: options.needs ?? [],
    ...(options.parts === undefined ? {} : { parts: options.parts }),
  };
}

/** A cluster by EDS; `timeout` (ms) makes different versions, `tls` names the secret of its trust anchors. */
export function cluster(
  name: string,
  options: { timeout?: number; tls?: string; bad?: boolean; unknownExtension?: boolean } = {},
): Resource {
  const { timeout = 1000, tls, bad = false, unknownExtension = false } = options;
  return encode('Cluster', {
    name,
    type: 'EDS',
    connectTimeout: `${timeout / 1000}s`,
    edsClusterConfig: { edsConfig: ADS },
    // A ring hash ring may not be larger at least than at most: refused when the cluster is made.
    ...(bad
      ? { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: '16', maximumRingSize: '8' } }
      : {}),
    ...(unknownExtension ? { transportSocket: { name: 'unknown' } } : {}),
    ...(tls === undefined ? {} : {
      transportSocket: {
        name: 'tls',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          commonTlsContext: { validationContextSdsSecretConfig: { name: tls, sdsConfig: ADS } },
        },
      },
    }),
  }, { name });
}

export function endpoints(name: string, ports: readonly number[]): Resource {
  return encode('ClusterLoadAssignment', {
    clusterName: name,
    endpoints: [{
      lbEndpoints: ports.map((portValue) => ({
        endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
      })),
    }],
  }, { name });
}

/** A listener on a loopback port whose routes come by RDS. */
export function listener(
  name: string,
  options: { port: number; routeConfig: string; prefix?: string },
): Resource {
  return encode('Listener', {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: options.port } },
    filterChains: [{
      filters: [{
        name: 'http',
        typedConfig: {
          '@type':
            'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
          statPrefix: options.prefix ?? 'http',
          rds: { routeConfigName: options.routeConfig, configSource: ADS },
          httpFilters: [{
            name: 'router',
            typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
          }],
        },
      }],
    }],
  }, { name });
}

/** A RouteConfiguration whose virtual hosts come by VHDS; `header` makes different versions. */
export function routeConfig(name: string, header?: string): Resource {
  return encode('RouteConfiguration', {
    name,
    vhds: { configSource: ADS },
    ...(header === undefined
      ? {}
      : { responseHeadersToAdd: [{ header: { key: 'x-version', value: header } }] }),
  }, { name });
}

/** A route of a virtual host: to a cluster, or a fixed answer; a bad regular expression is refused by Envoy. */
export interface TestRoute {
  readonly prefix?: string;
  readonly regex?: string;
  readonly cluster?: string;
  readonly status?: number;
  readonly body?: string;
}

export function virtualHost(name: string, routes: readonly TestRoute[]): Resource {
  const domain = name.slice(name.lastIndexOf('/') + 1);
  const parts: ResourcePart[] = routes.map((route) => ({
    hash: `part:${JSON.stringify(route)}`,
    source: name,
  }));
  const clusters = [...new Set(routes.flatMap((route) => route.cluster ?? []))].sort();
  return encode('VirtualHost', {
    name,
    domains: [domain],
    routes: routes.map((route) => ({
      match: route.regex === undefined
        ? { prefix: route.prefix ?? '/' }
        : { safeRegex: { regex: route.regex } },
      ...(route.cluster === undefined
        ? {
          directResponse: {
            status: route.status ?? 200,
            ...(route.body === undefined ? {} : { body: { inlineString: route.body } }),
          },
        }
        : { route: { cluster: route.cluster } }),
    })),
  }, { name, needs: clusters.map((cluster) => `Cluster|${cluster}`), parts });
}

export function trustAnchors(name: string, pem: string): Resource {
  return encode('Secret', { name, validationContext: { trustedCa: { inlineString: pem } } }, { name });
}

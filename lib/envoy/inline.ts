import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { revealedJson } from './json.ts';
import type { Resource } from './resource.ts';

/**
 * A static Envoy bootstrap of some resources, for `envoy --mode validate`, which fetches nothing: routes, endpoints, secrets
 * and filters are put where they would have been fetched.
 */
export function inlineBootstrap(resources: readonly Resource[]): JsonObject {
  const byName = (type: Resource['type']): Map<string, JsonObject> =>
    new Map(
      resources.filter((each) => each.type === type).map((each) => [each.name, object(revealedJson(each))]),
    );
  const hosts = [...byName('VirtualHost')];
  const routes = new Map(
    [...byName('RouteConfiguration')].map(([name, json]) => {
      const { vhds: _, ...rest } = json;
      const own = hosts.filter(([host]) => host.slice(0, host.lastIndexOf('/')) === name);
      // As with RDS: weighted backends may name a cluster that is not there, on purpose.
      return [name, { ...rest, validateClusters: false, virtualHosts: own.map(([, host]) => host) }];
    }),
  );
  const sources: Sources = {
    routes,
    endpoints: byName('ClusterLoadAssignment'),
    extensions: byName('TypedExtensionConfig'),
  };
  return {
    // As in the bootstrap that proxies run with: Envoy's own limit would refuse ordinary regular expressions.
    layeredRuntime: {
      layers: [{ name: 'static', staticLayer: { 're2.max_program_size.error_level': 4294967295 } }],
    },
    staticResources: {
      listeners: [...byName('Listener').values()].map((each) => object(inline(each, sources))),
      clusters: [...byName('Cluster').values()].map((each) =>
        object(inline(cluster(each, sources), sources))
      ),
      secrets: [...byName('Secret').values()],
    },
  };
}

interface Sources {
  readonly routes: ReadonlyMap<string, JsonObject>;
  readonly endpoints: ReadonlyMap<string, JsonObject>;
  readonly extensions: ReadonlyMap<string, JsonObject>;
}

function cluster(json: JsonObject, { endpoints }: Sources): JsonObject {
  if (json['edsClusterConfig'] === undefined) return json;
  const { edsClusterConfig: _, ...rest } = json;
  const name = text(json['name']);
  return { ...rest, type: 'STATIC', loadAssignment: endpoints.get(name) ?? { clusterName: name } };
}

/** Replaces `rds`, `sdsConfig` and `configDiscovery` wherever they are. */
function inline(json: JsonValue, sources: Sources): JsonValue {
  if (Array.isArray(json)) return json.map((each) => inline(each, sources));
  if (typeof json !== 'object' || json === null) return json;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(json)) {
    if (key === 'rds') {
      const name = text(object(value)['routeConfigName']);
      result['routeConfig'] = sources.routes.get(name) ?? { name };
    } else if (key === 'configDiscovery') {
      const name = text(json['name']);
      // The filter has the name of its configuration.
      Object.assign(result, sources.extensions.get(name) ?? {});
    } else if (key !== 'sdsConfig') result[key] = inline(value, sources);
  }
  return result;
}

function object(json: JsonValue | undefined): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error('a message is a JSON object');
  }
  return json;
}

function text(json: JsonValue | undefined): string {
  if (typeof json !== 'string') throw new Error('a name is a JSON string');
  return json;
}

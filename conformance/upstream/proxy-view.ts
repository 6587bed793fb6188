/** The parts of `/config_dump` that tell what a proxy does. */
export interface ConfigDump {
  readonly configs?: readonly {
    readonly dynamic_listeners?: readonly DynamicListener[];
    readonly dynamic_route_configs?: readonly { readonly route_config?: RouteConfig }[];
    readonly dynamic_warming_clusters?: readonly { readonly cluster?: { readonly name?: string } }[];
  }[];
}

interface DynamicListener {
  readonly name: string;
  readonly active_state?: { readonly listener?: Listener };
  readonly warming_state?: unknown;
  readonly draining_state?: unknown;
  readonly error_state?: { readonly details?: string };
}

interface Listener {
  readonly address?: Address;
  readonly filter_chains?: readonly {
    readonly name?: string;
    readonly filter_chain_match?: { readonly server_names?: readonly string[] };
  }[];
}

interface Address {
  readonly socket_address?: { readonly address?: string; readonly port_value?: number };
}

interface RouteConfig {
  readonly name?: string;
  readonly virtual_hosts?: readonly {
    readonly domains?: readonly string[];
    readonly routes?: readonly Route[];
  }[];
}

interface Route {
  readonly name?: string;
  readonly match?: unknown;
  readonly route?: {
    readonly cluster?: string;
    readonly weighted_clusters?: {
      readonly clusters?: readonly { readonly name?: string; readonly weight?: number }[];
    };
  };
  readonly redirect?: unknown;
  readonly direct_response?: { readonly status?: number };
}

/** `/clusters?format=json`. */
export interface Clusters {
  readonly cluster_statuses?: readonly {
    readonly name: string;
    readonly host_statuses?: readonly {
      readonly address?: Address;
      readonly health_status?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

export interface ViewOptions {
  readonly config: ConfigDump;
  readonly clusters: Clusters;
  /** Whose routes are told, as `namespace/name`; the rest is counted. */
  readonly routes: readonly string[];
}

/** What a proxy serves, a line each: listeners, routes of those objects, and the endpoints that they lead to. */
export function viewLines({ config, clusters, routes }: ViewOptions): string[] {
  const configs = config.configs ?? [];
  const warming = configs.flatMap(({ dynamic_warming_clusters: all = [] }) =>
    all.map(({ cluster }) => cluster?.name ?? '')
  );
  const used = new Set<string>();
  const routeLines: string[] = [];
  let others = 0;
  for (const { route_config: table } of configs.flatMap((it) => it.dynamic_route_configs ?? [])) {
    for (const { domains = [], routes: all = [] } of table?.virtual_hosts ?? []) {
      for (const route of all) {
        if (!isOf(route, routes)) {
          others++;
          continue;
        }
        for (const name of clusterNames(route)) used.add(name);
        routeLines.push(
          `  ${table?.name ?? ''} ${domains.join(' ')}: ${JSON.stringify(route.match)} → ${
            target(route)
          } (${route.name})`,
        );
      }
    }
  }
  return [
    ...configs.flatMap(({ dynamic_listeners: listeners = [] }) => listeners.flatMap(listenerLines)),
    ...routeLines,
    `  and ${others} routes of other objects`,
    ...Array.from(used, (name) => `  cluster ${name}: ${endpoints(clusters, name)}`),
    ...(warming.length === 0 ? [] : [`  clusters not warm yet: ${warming.join(', ')}`]),
  ];
}

function listenerLines(
  { name, active_state: active, warming_state: warming, draining_state: draining, error_state: error }:
    DynamicListener,
): string[] {
  const { address, filter_chains: chains = [] } = active?.listener ?? {};
  const names = chains.map((chain) =>
    chain.filter_chain_match?.server_names?.join(' ') ?? chain.name ?? 'unnamed'
  );
  const states = [
    active === undefined ? undefined : `listens on ${format(address)}`,
    warming === undefined ? undefined : 'is warming',
    draining === undefined ? undefined : 'drains',
  ].filter((state) => state !== undefined);
  return [
    `  listener ${name} ${states.join(', ') || 'does nothing'}; chains: ${names.join(', ') || 'none'}`,
    ...(error === undefined ? [] : [`  listener ${name} was refused: ${error.details}`]),
  ];
}

/** Routes are named by their object: `KIND/NAMESPACE/NAME/RULE`. */
function isOf({ name = '' }: Route, objects: readonly string[]): boolean {
  const [, namespace, object] = name.split('/');
  return objects.includes(`${namespace}/${object}`);
}

function clusterNames({ route }: Route): string[] {
  if (route?.cluster !== undefined) return [route.cluster];
  return (route?.weighted_clusters?.clusters ?? []).map(({ name = '' }) => name);
}

function target(route: Route): string {
  if (route.direct_response !== undefined) return `status ${route.direct_response.status}`;
  if (route.redirect !== undefined) return `redirect ${JSON.stringify(route.redirect)}`;
  const weighted = route.route?.weighted_clusters?.clusters;
  if (weighted !== undefined) {
    return weighted.map(({ name, weight = 0 }) => `${weight} × ${name}`).join(' + ');
  }
  return route.route?.cluster ?? 'nothing that is known here';
}

function endpoints({ cluster_statuses: all = [] }: Clusters, name: string): string {
  const cluster = all.find((candidate) => candidate.name === name);
  if (cluster === undefined) return 'not there';
  const hosts = (cluster.host_statuses ?? []).map(({ address, health_status: health = {} }) => {
    const failing = Object.keys(health).filter((key) => key !== 'eds_health_status');
    const state = failing.length > 0 ? ` ${failing.join(' ')}` : '';
    return `${format(address)}${state}`;
  });
  return hosts.join(', ') || 'no endpoints';
}

function format(address: Address | undefined): string {
  const { address: host = 'somewhere', port_value: port } = address?.socket_address ?? {};
  return `${host}:${port ?? ''}`;
}

import { createDataflow, type Dataflow } from '../../controllers/graph.ts';
import { addressesOf } from '../../controllers/infra/addresses.ts';
import { inputOf } from '../../controllers/inputs.ts';
import { decode, keyOf, kinds } from '../../lib/api/mod.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** Statuses as JSON by `Kind/namespace/name`, without times. */
export type Statuses = Readonly<Record<string, string>>;

export interface Comparison {
  readonly actual: Statuses;
  readonly fromScratch: Statuses;
  /** When each condition last became what it is, by object, part and type, such as `Gateway/default/web http Programmed`. */
  readonly times: Readonly<Record<string, string>>;
}

interface Raw {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The kinds that are installed, with what their definitions say of where they come from. */
async function definitions(cluster: Cluster): Promise<ReadonlyMap<string, Raw['metadata']>> {
  const path = '{range .items[*]}{.metadata.name}{"\\t"}{.metadata.annotations}{"\\n"}{end}';
  const lines = await cluster.kubectl(['get', 'crd', '--output', `jsonpath=${path}`]);
  const byName = new Map(
    lines.trim().split('\n').map((line) => {
      const [name = '', annotations = ''] = line.split('\t');
      return [name, { name, annotations: annotations === '' ? {} : JSON.parse(annotations) }];
    }),
  );
  return new Map(
    Object.values(kinds).flatMap(({ kind, plural, group }) => {
      const found = byName.get(`${plural}.${group}`);
      return found === undefined ? [] : [[kind, found]];
    }),
  );
}

/** The statuses that objects have, beside those that a controller would give them that sees nothing but their present state. */
export class StatusComparison {
  readonly #cluster: Cluster;
  readonly #definitions: ReadonlyMap<string, Raw['metadata']>;
  readonly #resources: string;

  private constructor(cluster: Cluster, definitions: ReadonlyMap<string, Raw['metadata']>) {
    this.#cluster = cluster;
    this.#definitions = definitions;
    this.#resources = Object.values(kinds)
      .filter(({ kind, group }) => definitions.has(kind) || group === '' || group === 'discovery.k8s.io')
      .map(({ plural, group }) => group === '' ? plural : `${plural}.${group}`)
      .join(',');
  }

  static async of(cluster: Cluster): Promise<StatusComparison> {
    return new StatusComparison(cluster, await definitions(cluster));
  }

  async now(): Promise<Comparison> {
    const json = await this.#cluster.kubectl(['get', this.#resources, '--all-namespaces', '--output=json']);
    const { items } = JSON.parse(json) as { readonly items: readonly Raw[] };
    const desired = this.#evaluate(items);
    const actual = new Map(items.map((item) => [`${item.kind}/${keyOf(item.metadata)}`, item.status]));
    const pick = (statuses: ReadonlyMap<string, unknown>): Statuses =>
      Object.fromEntries(Array.from(desired.keys(), (key) => [key, plain(statuses.get(key))]));
    const times = Object.fromEntries(
      Array.from(desired.keys()).flatMap((key) => timesIn(actual.get(key), key)),
    );
    return { actual: pick(actual), fromScratch: pick(desired), times };
  }

  /** As if proxies ran everything that they are sent. */
  #evaluate(items: readonly Raw[]): ReadonlyMap<string, unknown> {
    const dataflow = createDataflow({
      mode: 'kubernetes',
      bind: '0.0.0.0',
      privilegedPortShift: 0,
      allowLocalBackends: false,
      kubernetes: {
        namespace: 'dragoman-system',
        envoyImage: 'envoy',
        bind: '0.0.0.0',
        xds: { port: 18_000 },
        drainKey: '',
      },
    });
    const { objects, feedback, graph } = dataflow;
    feedback.clock.set({ key: 'now', time: Date.now() });
    for (const [kind, { annotations = {} }] of this.#definitions) {
      feedback.installed.set({
        key: kind,
        channel: annotations['gateway.networking.k8s.io/channel'],
        bundleVersion: annotations['gateway.networking.k8s.io/bundle-version'],
      });
    }
    // Kubernetes' own: it has no definition.
    feedback.installed.set({ key: 'ClusterTrustBundle' });
    for (const item of items) {
      const { object } = decode(item);
      if (object !== undefined) inputOf(objects, object.kind)?.set(object);
      const gateway = item.metadata.labels?.['gateway.networking.k8s.io/gateway-name'];
      if (item.kind !== 'Service' || gateway === undefined) continue;
      const key = `${item.metadata.namespace}/${gateway}`;
      feedback.addresses.set({ key, ...addressesOf({ spec: item.spec, status: item.status }) });
    }
    graph.commit();
    deliver(dataflow);
    return new Map(dataflow.statuses.values().map(({ key, status }) => [key, status]));
  }
}

function deliver({ graph, memberships, resources, feedback }: Dataflow): void {
  for (const { key, resource } of memberships.values()) {
    const version = resources.get(resource)?.version;
    if (version !== undefined) feedback.delivered.set({ key, version });
  }
  graph.commit();
}

/** With fields in one order, so that it can be compared. */
function plain(status: unknown): string {
  return JSON.stringify(status, (name, value: unknown) => {
    if (name === 'lastTransitionTime') return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1));
  }, 1) ?? '';
}

interface AnyStatus {
  readonly name?: string;
  readonly parentRef?: { readonly name: string };
  readonly conditions?: readonly { readonly type: string; readonly lastTransitionTime: string }[];
  readonly listeners?: readonly AnyStatus[];
  readonly parents?: readonly AnyStatus[];
}

function timesIn(status: unknown, of: string): (readonly [string, string])[] {
  const { conditions = [], listeners = [], parents = [] } = (status ?? {}) as AnyStatus;
  return [
    ...conditions.map(({ type, lastTransitionTime }) => [`${of} ${type}`, lastTransitionTime] as const),
    ...[...listeners, ...parents].flatMap((part) =>
      timesIn(part, `${of} ${part.name ?? part.parentRef?.name}`)
    ),
  ];
}

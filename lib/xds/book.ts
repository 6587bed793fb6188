import { reasonIn } from './reason.ts';
import type { Resource, ResourceType } from '../envoy/resource.ts';
import type { Narrowing } from './bisect.ts';
import { Clusters } from './clusters.ts';
import type { Effect } from './events.ts';
import { routeConfigOf, type Snapshot } from './fleet.ts';
import { type Held, TypeState } from './type-state.ts';
import { VirtualHosts } from './virtual-hosts.ts';

/** What the streams of a fleet share. */
export interface SessionOptions {
  readonly snapshot: Snapshot;
  /** Versions that are never sent again; shared by the streams of a fleet, and added to. */
  readonly refused: Set<string>;
  /**
   * Versions by resource key that earlier streams of a fleet sent without an ACK; shared like `refused`. A refused response
   * can be applied in part, of which a proxy says nothing when it connects again.
   */
  readonly unsure: Map<string, string>;
  /**
   * Builds a resource anew with some of its parts, named by hash, replaced by what answers 500. With it, one guilty part
   * among several new ones is found by halving; without it the resource is refused as a whole.
   */
  readonly assemble?:
    | ((resource: Resource, without: ReadonlySet<string>) => Resource | undefined)
    | undefined;
}

/** Clusters go before their endpoints and what needs them; Envoy reads responses in the order of the stream. */
export const ORDER: readonly ResourceType[] = [
  'Cluster',
  'ClusterLoadAssignment',
  'Secret',
  'Listener',
  'TypedExtensionConfig',
  'RouteConfiguration',
  'VirtualHost',
];

/** What is known of one proxy: what it asks for, what it has, and what it must have first. */
export class Book {
  readonly options: SessionOptions;
  readonly types: ReadonlyMap<ResourceType, TypeState> = new Map(
    ORDER.map((type) => [type, new TypeState(type)]),
  );
  readonly clusters: Clusters = new Clusters();
  readonly virtualHosts: VirtualHosts = new VirtualHosts();
  /** What the present event has led to. */
  effects: Effect[] = [];
  /** Of the last response. */
  sequence: number = 0;
  /** The graph's. */
  revision: number = 0;
  /** Set once an answer proves that the first requests of all types have been read. */
  settled: boolean = false;
  /** Number of resources that name clusters, of an earlier stream in versions that are unknown now. */
  unknown: number = 0;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  state(type: ResourceType): TypeState {
    const state = this.types.get(type);
    if (state === undefined) throw new Error(`unknown type ${type}`);
    return state;
  }

  /** The version of a resource that the proxy has accepted. */
  accepted(type: ResourceType, name: string): string | undefined {
    return this.state(type).held.get(name)?.version;
  }

  /** Whether the proxy has asked for a name. */
  interested(state: TypeState, name: string): boolean {
    return state.wildcard || state.names.has(name) ||
      (state.type === 'VirtualHost' && state.names.has(routeConfigOf(name)));
  }

  /** Looks again at resources, by key. */
  revisit(keys: Iterable<string>): void {
    for (const key of keys) {
      const bar = key.indexOf('|');
      this.state(key.slice(0, bar) as ResourceType).dirty.add(key.slice(bar + 1));
    }
  }

  /** A cluster is warm. */
  ready(cluster: string): void {
    this.revisit(this.clusters.ready(cluster));
  }

  /** Whether a cluster that the proxy has gets no endpoints by EDS. */
  endpointless(cluster: string): boolean {
    return !this.state('Cluster').sent.has(cluster) &&
      this.options.snapshot.get('ClusterLoadAssignment', cluster) === undefined &&
      !this.state('ClusterLoadAssignment').names.has(cluster);
  }

  /** The proxy does not have a name any more. */
  forget(state: TypeState, name: string): void {
    const before = state.held.get(name);
    if (before === undefined) return;
    state.held.delete(name);
    if (state.type === 'VirtualHost') this.virtualHosts.hold(name, false);
    this.release(state, before);
  }

  /** Ends the uses of what the proxy had of a name. */
  release(state: TypeState, held: Held | undefined): void {
    if (held === undefined) return;
    if (held.resource !== undefined) this.unused(this.clusters.drop(held.resource));
    for (const resource of held.maybe ?? []) this.unused(this.clusters.drop(resource));
    if (held.version !== undefined && held.resource === undefined && hasNeeds(state.type)) this.identified();
  }

  /** One version less is unknown. */
  identified(): void {
    this.unknown--;
    if (this.unknown === 0) this.unpark();
  }

  /** Nothing uses these clusters any more, which were to be removed. */
  unused(clusters: readonly string[]): void {
    for (const cluster of clusters) this.state('Cluster').dirty.add(cluster);
  }

  /** Clusters that wait for their removal are looked at again. */
  unpark(): void {
    this.unused(this.clusters.unpark());
  }

  /** Tells a refusal: of the part, if one is to blame, or of the whole. */
  report(
    resource: Resource,
    message: string,
    part?: { readonly hash: string; readonly source: string },
  ): void {
    const blame = part === undefined ? { hash: resource.version } : { hash: part.hash, source: part.source };
    this.effects.push({
      kind: 'refused',
      refusal: { ...blame, message: reasonIn(message), resource: resource.key },
    });
  }

  /** Some parts of a resource have been refused. */
  judge(state: TypeState, narrowing: Narrowing, message: string): void {
    state.lastError = message;
    const part = narrowing.judge(false);
    if (part !== undefined) this.report(narrowing.resource, message, part);
  }
}

/** Whether resources of a type name clusters. */
export function hasNeeds(type: ResourceType): boolean {
  return type === 'VirtualHost' || type === 'Listener' || type === 'TypedExtensionConfig' ||
    type === 'RouteConfiguration';
}

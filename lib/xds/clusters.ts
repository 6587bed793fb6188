import type { Resource } from '../envoy/resource.ts';

const CLUSTER = 'Cluster|';

/** Names of the clusters that a resource needs. Needs of other types are not waited for: Envoy asks for those itself. */
function clustersOf(resource: Resource): readonly string[] {
  return resource.needs.filter((need) => need.startsWith(CLUSTER)).map((need) => need.slice(CLUSTER.length));
}

/**
 * Which clusters one proxy can use, what waits for them, and what still uses them: the book behind "make before break".
 * A cluster is made before a resource that needs it is sent, and broken after the last that used it is acknowledged.
 */
export class Clusters {
  readonly #ready = new Set<string>();
  /** The response that brought a cluster which has not been warm since. */
  readonly #made = new Map<string, number>();
  /** Clusters with endpoints whose secrets are still under way. */
  readonly #unproven = new Set<string>();
  readonly #uses = new Map<string, number>();
  /** Resource keys by the cluster that they wait for. */
  readonly #waiting = new Map<string, Set<string>>();
  /** To be removed once nothing uses them. */
  readonly #parked = new Set<string>();

  // --- Make

  /** A cluster that must be waited for before `resource` may be sent. `planned` says which clusters will come at all. */
  missing(resource: Resource, planned: (cluster: string) => boolean): string | undefined {
    if (resource.needs.length === 0) return undefined;
    return clustersOf(resource).find((cluster) => !this.#ready.has(cluster) && planned(cluster));
  }

  wait(resource: string, cluster: string): void {
    const waiting = this.#waiting.get(cluster);
    if (waiting === undefined) this.#waiting.set(cluster, new Set([resource]));
    else waiting.add(resource);
  }

  /** Keys of the resources that waited for a cluster; they wait no more. */
  release(cluster: string): readonly string[] {
    const waiting = this.#waiting.get(cluster);
    this.#waiting.delete(cluster);
    return waiting === undefined ? [] : [...waiting];
  }

  /** A cluster is sent, or (0) is there from an earlier stream. */
  made(cluster: string, sequence: number): void {
    if (!this.#ready.has(cluster)) this.#made.set(cluster, sequence);
  }

  /** The proxy asks for a cluster's endpoints anew: it warms. */
  warms(cluster: string): void {
    if (this.#ready.delete(cluster)) this.#made.set(cluster, 0);
  }

  /** Endpoints of a response are accepted. Those from before the cluster's return say nothing of it. */
  endpoints(cluster: string, sequence: number): void {
    if (sequence > (this.#made.get(cluster) ?? Infinity)) this.#unproven.add(cluster);
  }

  /** No secret is under way: clusters that have endpoints are warm. Returns keys of the resources that waited for them. */
  prove(): readonly string[] {
    const keys = [...this.#unproven].flatMap((cluster) => this.ready(cluster));
    this.#unproven.clear();
    return keys;
  }

  /** The proxy has warmed a cluster. Returns keys of the resources that waited for it. */
  ready(cluster: string): readonly string[] {
    this.#made.delete(cluster);
    this.#ready.add(cluster);
    return this.release(cluster);
  }

  // --- Break

  /** The proxy may be using this resource from now on. */
  use(resource: Resource): void {
    if (resource.needs.length === 0) return;
    for (const cluster of clustersOf(resource)) this.#uses.set(cluster, (this.#uses.get(cluster) ?? 0) + 1);
  }

  /** The proxy does not use the resource any more. Returns names of the clusters that may be removed now. */
  drop(resource: Resource): readonly string[] {
    if (resource.needs.length === 0) return [];
    return clustersOf(resource).filter((cluster) => {
      const uses = (this.#uses.get(cluster) ?? 0) - 1;
      if (uses > 0) this.#uses.set(cluster, uses);
      else this.#uses.delete(cluster);
      return uses <= 0 && this.#parked.delete(cluster);
    });
  }

  used(cluster: string): boolean {
    return this.#uses.has(cluster);
  }

  /** The cluster is to be removed, but not yet. */
  park(cluster: string): void {
    this.#parked.add(cluster);
  }

  /** The cluster is wanted after all. */
  keep(cluster: string): void {
    this.#parked.delete(cluster);
  }

  /** Names of all clusters that are to be removed, to be looked at again. */
  unpark(): readonly string[] {
    const names = [...this.#parked];
    this.#parked.clear();
    return names;
  }

  /** The removal of the cluster is sent. */
  gone(cluster: string): void {
    this.#ready.delete(cluster);
    this.#made.delete(cluster);
    this.#unproven.delete(cluster);
  }
}

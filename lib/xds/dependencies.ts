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
export class Dependencies {
  readonly #ready = new Set<string>();
  readonly #uses = new Map<string, number>();
  /** Resource keys by the cluster that they wait for. */
  readonly #waiting = new Map<string, Set<string>>();

  /** A cluster that must be waited for before `resource` may be sent. `planned` says which clusters will come at all. */
  missing(resource: Resource, planned: (cluster: string) => boolean): string | undefined {
    if (resource.needs.length === 0) return undefined;
    return clustersOf(resource).find((cluster) => !this.#ready.has(cluster) && planned(cluster));
  }

  isReady(cluster: string): boolean {
    return this.#ready.has(cluster);
  }

  wait(resource: string, cluster: string): void {
    const waiting = this.#waiting.get(cluster);
    if (waiting === undefined) this.#waiting.set(cluster, new Set([resource]));
    else waiting.add(resource);
  }

  /** The proxy has warmed a cluster. Returns keys of the resources that waited for it. */
  ready(cluster: string): readonly string[] {
    this.#ready.add(cluster);
    return this.release(cluster);
  }

  /** Keys of the resources that waited for a cluster; they wait no more. */
  release(cluster: string): readonly string[] {
    const waiting = this.#waiting.get(cluster);
    this.#waiting.delete(cluster);
    return waiting === undefined ? [] : [...waiting];
  }

  /** The cluster is being removed. */
  gone(cluster: string): void {
    this.#ready.delete(cluster);
  }

  /** The proxy may be using this resource from now on. */
  use(resource: Resource): void {
    if (resource.needs.length === 0) return;
    for (const cluster of clustersOf(resource)) this.#uses.set(cluster, (this.#uses.get(cluster) ?? 0) + 1);
  }

  /** The proxy does not use the resource any more. Returns names of the clusters that nothing uses now. */
  drop(resource: Resource): readonly string[] {
    if (resource.needs.length === 0) return [];
    return clustersOf(resource).filter((cluster) => {
      const uses = (this.#uses.get(cluster) ?? 0) - 1;
      if (uses > 0) this.#uses.set(cluster, uses);
      else this.#uses.delete(cluster);
      return uses <= 0;
    });
  }

  used(cluster: string): boolean {
    return this.#uses.has(cluster);
  }
}

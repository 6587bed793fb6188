import type { Resource } from '../envoy/resource.ts';
import { addTo, routeConfigOf } from './fleet.ts';

/** What virtual hosts need beyond other types: their RouteConfigurations, and their domains. */
export class VirtualHosts {
  /** What the proxy has, by RouteConfiguration. */
  readonly #held = new Map<string, Set<string>>();
  /** RouteConfigurations that wait for a word about their virtual hosts. */
  readonly #greet = new Set<string>();
  /** Names that wait for a cluster. */
  readonly #blocked = new Set<string>();
  /** Names to be removed once a blocked one, which takes over their requests, is there. */
  readonly #uncovered = new Map<string, Set<string>>();

  /** The proxy has a virtual host, or no longer. */
  hold(name: string, present: boolean): void {
    addTo(this.#held, { key: routeConfigOf(name), name, present });
  }

  /** Names that the proxy has of a RouteConfiguration. */
  of(routeConfig: string): Iterable<string> {
    return this.#held.get(routeConfig) ?? [];
  }

  /** A RouteConfiguration is new to the proxy, and must hear of virtual hosts or that it has none. */
  greet(routeConfig: string): void {
    this.#greet.add(routeConfig);
  }

  forget(routeConfig: string): void {
    this.#greet.delete(routeConfig);
  }

  /** Names to remove, one under each new RouteConfiguration that a response says nothing of. */
  greetings(
    content: { readonly resources: readonly Resource[]; readonly removed: readonly string[] },
  ): readonly string[] {
    if (this.#greet.size === 0) return [];
    const greet = new Set(this.#greet);
    this.#greet.clear();
    for (const { name } of content.resources) greet.delete(routeConfigOf(name));
    for (const name of content.removed) greet.delete(routeConfigOf(name));
    return [...greet].map((routeConfig) => `${routeConfig}/`);
  }

  block(name: string): void {
    this.#blocked.add(name);
  }

  unblock(name: string): void {
    this.#blocked.delete(name);
  }

  /** Whether a removal must wait for a blocked virtual host that will serve the same requests; it is remembered. */
  awaitsHeir(name: string): boolean {
    if (this.#blocked.size === 0) return false;
    const routeConfig = routeConfigOf(name);
    const domain = name.slice(routeConfig.length + 1);
    for (const blocked of this.#blocked) {
      if (routeConfigOf(blocked) !== routeConfig) continue;
      const other = blocked.slice(routeConfig.length + 1);
      if (!covers(other, domain) && !covers(domain, other)) continue;
      addTo(this.#uncovered, { key: blocked, name, present: true });
      return true;
    }
    return false;
  }

  /** Removals that waited for a virtual host, if that is not blocked now. */
  uncover(name: string): Iterable<string> {
    if (this.#blocked.has(name)) return [];
    const names = this.#uncovered.get(name);
    this.#uncovered.delete(name);
    return names ?? [];
  }
}

/** Whether a domain takes in another: `*`, or `*.suffix`. */
function covers(domain: string, other: string): boolean {
  return domain === '*' || (domain.startsWith('*') && other.endsWith(domain.slice(1)));
}

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
    const heir = this.#blocked.size === 0 ? undefined : this.#heir(name);
    if (heir !== undefined) addTo(this.#uncovered, { key: heir, name, present: true });
    return heir !== undefined;
  }

  #heir(name: string): string | undefined {
    const routeConfig = routeConfigOf(name);
    const domain = name.slice(routeConfig.length + 1);
    for (const wider of widerDomains(domain)) {
      if (this.#blocked.has(`${routeConfig}/${wider}`)) return `${routeConfig}/${wider}`;
    }
    if (!domain.startsWith('*')) return undefined;
    const suffix = domain.slice(1);
    return [...this.#blocked].find((other) => routeConfigOf(other) === routeConfig && other.endsWith(suffix));
  }

  /** Removals that waited for a virtual host, if that is not blocked now. */
  uncover(name: string): Iterable<string> {
    if (this.#blocked.has(name)) return [];
    const names = this.#uncovered.get(name);
    this.#uncovered.delete(name);
    return names ?? [];
  }
}

/** `*.b.c`, `*.c` and `*` for `a.b.c`. */
function* widerDomains(domain: string): Generator<string> {
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    const wider = `*${domain.slice(dot)}`;
    if (wider !== domain) yield wider;
  }
  if (domain !== '*') yield '*';
}

/** Resources and a proxy that exist in the test alone: versions are readable, and nothing is encoded. */

import { type Resource, type ResourcePart, type ResourceType, TYPE_URL } from '../../envoy/resource.ts';
import { routeConfigOf } from '../fleet.ts';
import type { Request } from '../events.ts';
import type { ResponseContent } from '../wire.ts';

/** A resource `type|name` in a version. */
export function fake(
  key: string,
  version: string,
  options: { needs?: readonly string[]; parts?: readonly ResourcePart[]; pending?: true } = {},
): Resource {
  const bar = key.indexOf('|');
  return {
    key,
    type: key.slice(0, bar) as ResourceType,
    name: key.slice(bar + 1),
    version,
    bytes: new Uint8Array(),
    needs: options.needs ?? [],
    ...(options.parts === undefined ? {} : { parts: options.parts }),
    ...(options.pending === undefined ? {} : { pending: options.pending }),
  };
}

/** A request as it arrives, with defaults for what it does not say. */
export function request(type: ResourceType, fields: Partial<Request> = {}): Request {
  return {
    typeUrl: TYPE_URL[type],
    resourceNamesSubscribe: [],
    resourceNamesUnsubscribe: [],
    initialResourceVersions: {},
    responseNonce: '',
    ...fields,
  };
}

/** Whether the proxy refuses a version; and what it says then. */
export type Judge = (resource: Resource) => string | undefined;

type Store = Map<string, Resource>;

/**
 * A delta client that behaves as Envoy 1.40 was seen to: wildcard CDS, LDS and VHDS; EDS for clusters, RDS for listeners;
 * virtual hosts that reach only RouteConfigurations that are there; new clusters warm until their endpoints are read, and
 * withhold the answers of CDS meanwhile; refused CDS and LDS responses are applied in part.
 */
export class FakeEnvoy {
  /** What it has accepted, by type and name. */
  readonly #stores = new Map<ResourceType, Store>();
  readonly #judge: Judge;
  readonly #excused: (cluster: string) => boolean;
  readonly #inbox: ResponseContent[] = [];
  #outbox: Request[] = [];
  readonly #warming = new Set<string>();
  readonly #withheld: Request[] = [];
  /** Names that EDS and RDS are subscribed to. */
  readonly #names = new Map<ResourceType, Set<string>>([
    ['ClusterLoadAssignment', new Set()],
    ['RouteConfiguration', new Set()],
  ]);
  /** Virtual hosts in use, by name, under RouteConfigurations that are there. */
  readonly #hosts: Store = new Map();
  readonly #requested = new Set<ResourceType>();
  /** Versions that the server knows to be refused. */
  readonly #refused = new Set<string>();
  readonly #verdicts = new Map<Request, string>();
  /** Broken promises. */
  readonly problems: string[] = [];
  readonly #unanswered = new Map<ResourceType, number>();

  /** `excused` names clusters that virtual hosts need not wait for. */
  constructor(options: { judge?: Judge; excused?: (cluster: string) => boolean } = {}) {
    this.#judge = options.judge ?? ((): undefined => undefined);
    this.#excused = options.excused ?? ((): boolean => false);
  }

  store(type: ResourceType): ReadonlyMap<string, Resource> {
    return type === 'VirtualHost' ? this.#hosts : this.#store(type);
  }

  #store(type: ResourceType): Store {
    let store = this.#stores.get(type);
    if (store === undefined) this.#stores.set(type, store = new Map());
    return store;
  }

  /** A new stream: all that was under way is lost, and what it has is said. */
  connect(): void {
    this.#inbox.length = 0;
    this.#outbox = [];
    this.#withheld.length = 0;
    this.#unanswered.clear();
    const again = [...this.#requested];
    if (again.length === 0) {
      this.#ask('Cluster');
      return;
    }
    for (const type of again) {
      const store = this.#store(type);
      const names = this.#names.get(type) ?? new Set();
      if (this.#names.has(type) && names.size === 0) continue;
      const first = request(type, {
        resourceNamesSubscribe: [...names],
        initialResourceVersions: Object.fromEntries([...store].map(([name, { version }]) => [name, version])),
      });
      if (type === 'Cluster' && this.#warming.size > 0) this.#withheld.push(first);
      else this.#outbox.push(first);
    }
  }

  /** A response arrives; it is read by `step`. */
  receive(content: ResponseContent): void {
    const unanswered = (this.#unanswered.get(content.type) ?? 0) + 1;
    this.#unanswered.set(content.type, unanswered);
    // A withheld answer is no reason to wait.
    const withheld = content.type === 'Cluster' ? this.#withheld.length : 0;
    if (unanswered > 1 + withheld) this.problems.push(`${unanswered} responses of ${content.type} in flight`);
    this.#inbox.push(content);
  }

  /** Reads the next response; false if there is none. */
  step(): boolean {
    const content = this.#inbox.shift();
    if (content === undefined) return false;
    const errors = this.#apply(content);
    const answer = request(content.type, {
      responseNonce: content.nonce,
      ...(errors.length === 0 ? {} : { errorDetail: { message: errors.join('\n') } }),
    });
    const [only] = content.resources;
    if (errors.length > 0 && content.resources.length === 1 && only !== undefined) {
      this.#verdicts.set(answer, only.version);
    }
    if (content.type === 'Cluster' && this.#warming.size > 0) {
      this.#withheld.push(answer);
    } else {
      this.#answer(answer);
    }
    this.#check();
    return true;
  }

  /** Takes the requests written so far. */
  *requests(): Generator<Request> {
    for (let next = this.#outbox.shift(); next !== undefined; next = this.#outbox.shift()) {
      const version = this.#verdicts.get(next);
      if (version !== undefined) this.#refused.add(version);
      yield next;
    }
  }

  /** Clusters that still warm. */
  get warming(): readonly string[] {
    return [...this.#warming];
  }

  get idle(): boolean {
    return this.#inbox.length === 0 && this.#outbox.length === 0;
  }

  #answer(answer: Request): void {
    for (const [type, url] of Object.entries(TYPE_URL)) {
      if (url === answer.typeUrl) {
        const unanswered = this.#unanswered.get(type as ResourceType) ?? 0;
        if (answer.responseNonce !== '') this.#unanswered.set(type as ResourceType, unanswered - 1);
      }
    }
    this.#outbox.push(answer);
  }

  #apply({ type, resources, removed }: ResponseContent): readonly string[] {
    const errors: string[] = [];
    for (const resource of resources) {
      const message = this.#judge(resource);
      if (message === undefined) continue;
      if (this.#refused.has(resource.version)) this.problems.push(`${resource.version} is sent again`);
      errors.push(type === 'Cluster' || type === 'Listener' ? `${resource.name}: ${message}` : message);
    }
    const partial = type === 'Cluster' || type === 'Listener';
    if (errors.length > 0 && type === 'ClusterLoadAssignment') {
      // Envoy ends the warming of all clusters that wait for endpoints.
      this.#warming.clear();
      this.#warmed();
    }
    if (errors.length > 0 && !partial) return errors;
    for (const resource of resources) {
      if (this.#judge(resource) === undefined) this.#take(resource, errors.length === 0);
    }
    for (const name of removed) this.#remove(type, name);
    if (type === 'Cluster' && !this.#requested.has('Listener')) this.#ask('Listener');
    return errors;
  }

  #take(resource: Resource, known: boolean): void {
    const { type, name } = resource;
    if (this.#names.get(type)?.has(name) === false) return;
    const store = this.#store(type);
    const before = this.#partial(type).get(name) ?? store.get(name);
    // The version that a refused response brought is in use, but not named after a reconnection.
    if (known) {
      store.set(name, resource);
      this.#partial(type).delete(name);
    } else {
      this.#partial(type).set(name, resource);
    }
    if (type === 'Cluster' && before?.version !== resource.version) {
      this.#warming.add(name);
      this.#subscribe('ClusterLoadAssignment', name);
    } else if (type === 'ClusterLoadAssignment') {
      if (this.#warming.delete(name)) this.#warmed();
    } else if (type === 'Listener') {
      for (const need of resource.needs) {
        if (need.startsWith('RouteConfiguration|')) this.#subscribe('RouteConfiguration', need.slice(19));
      }
    } else if (type === 'RouteConfiguration') {
      if (!this.#requested.has('VirtualHost')) this.#ask('VirtualHost');
    } else if (type === 'VirtualHost') {
      if (this.#store('RouteConfiguration').has(routeConfigOf(name))) this.#hosts.set(name, resource);
    }
  }

  #partial(type: ResourceType): Store {
    let store = this.#partials.get(type);
    if (store === undefined) this.#partials.set(type, store = new Map());
    return store;
  }

  readonly #partials = new Map<ResourceType, Store>();

  #remove(type: ResourceType, name: string): void {
    // RouteConfigurations stay until their listeners have gone.
    if (type === 'RouteConfiguration') return;
    this.#store(type).delete(name);
    this.#partial(type).delete(name);
    if (type === 'VirtualHost') this.#hosts.delete(name);
    if (type === 'Cluster') {
      this.#unsubscribe('ClusterLoadAssignment', name);
      if (this.#warming.delete(name)) this.#warmed();
    }
  }

  /** Listeners that are gone have drained: RouteConfigurations that none uses are dropped, and what was under them. */
  drain(): void {
    const used = new Set<string>();
    for (const { needs } of [...this.#store('Listener').values(), ...this.#partial('Listener').values()]) {
      for (const need of needs) used.add(need.slice(need.indexOf('|') + 1));
    }
    for (const name of this.#names.get('RouteConfiguration') ?? []) {
      if (used.has(name)) continue;
      this.#unsubscribe('RouteConfiguration', name);
      for (const host of this.#hosts.keys()) if (routeConfigOf(host) === name) this.#hosts.delete(host);
      // Envoy would name these on a new stream until their removal is read; should the RouteConfiguration be back in that
      // moment, nobody could tell.
      for (const host of this.#store('VirtualHost').keys()) {
        if (routeConfigOf(host) === name) this.#store('VirtualHost').delete(host);
      }
    }
  }

  #warmed(): void {
    if (this.#warming.size > 0) return;
    for (const answer of this.#withheld.splice(0)) this.#answer(answer);
  }

  #ask(type: ResourceType): void {
    this.#requested.add(type);
    this.#outbox.push(request(type));
  }

  #subscribe(type: ResourceType, name: string): void {
    const names = this.#names.get(type) ?? new Set();
    if (names.has(name)) return;
    names.add(name);
    this.#requested.add(type);
    this.#outbox.push(request(type, { resourceNamesSubscribe: [name] }));
  }

  #unsubscribe(type: ResourceType, name: string): void {
    if (this.#names.get(type)?.delete(name) !== true) return;
    this.#store(type).delete(name);
    this.#outbox.push(request(type, { resourceNamesUnsubscribe: [name] }));
  }

  /** Every virtual host that serves must reach its clusters. */
  #check(): void {
    const clusters = this.#store('Cluster');
    const partial = this.#partial('Cluster');
    for (const { name, needs } of this.#hosts.values()) {
      for (const need of needs) {
        const cluster = need.slice(need.indexOf('|') + 1);
        if (this.#excused(cluster)) continue;
        if (!clusters.has(cluster) && !partial.has(cluster)) {
          this.problems.push(`${name} refers to ${cluster}, which is not there`);
        } else if (this.#warming.has(cluster) && !this.#active.has(cluster)) {
          this.problems.push(`${name} refers to ${cluster}, which is not warm`);
        }
      }
    }
    for (const name of [...clusters.keys(), ...partial.keys()]) {
      if (!this.#warming.has(name)) this.#active.add(name);
    }
    for (const name of this.#active) if (!clusters.has(name) && !partial.has(name)) this.#active.delete(name);
  }

  /** Clusters that have been warm in some version. */
  readonly #active = new Set<string>();
}

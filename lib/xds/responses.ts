import type { Resource } from '../envoy/resource.ts';
import { Narrowing } from './bisect.ts';
import { type Book, hasNeeds, ORDER } from './book.ts';
import { routeConfigOf } from './fleet.ts';
import type { Response, TypeState } from './type-state.ts';
import { substitute } from './wire.ts';

/** Decides what a proxy is sent next. */
export class Responses {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** Adds to the effects every response that may go now. */
  send(): void {
    for (const type of ORDER) {
      if (type === 'Listener') this.#probe();
      this.#send(this.#book.state(type));
    }
  }

  /** Clusters wait behind a response whose ACK may be withheld: an empty response of another type tells if it has been read. */
  #probe(): void {
    const { inFlight, dirty, trials } = this.#book.state('Cluster');
    if (inFlight === undefined || dirty.size + trials.length === 0 || !this.#book.settled) return;
    const told = [...this.#book.types.values()].some((state) =>
      (state.inFlight?.sequence ?? 0) > inFlight.sequence
    );
    if (!told) this.#book.state('Listener').answer = true;
  }

  #send(state: TypeState): void {
    if (!state.requested || state.inFlight !== undefined) return;
    const response = state.trialNext
      ? this.#trial(state) ?? this.#fresh(state)
      // A trial that comes to nothing may leave a name to be sent as it is now.
      : this.#fresh(state) ?? this.#trial(state) ?? this.#fresh(state);
    if (response === undefined) return;
    state.trialNext = !state.trialNext;
    state.inFlight = response;
    for (const resource of response.resources) {
      this.#book.clusters.use(resource);
      state.sent.set(resource.name, { sequence: response.sequence, version: resource.version });
      state.forced.delete(resource.name);
      if (state.type === 'Cluster') this.#make(resource.name, response.sequence);
    }
    for (const name of response.removed) {
      state.sent.set(name, { sequence: response.sequence, version: undefined });
      state.forced.delete(name);
      if (state.type === 'Cluster') {
        this.#book.clusters.gone(name);
        this.#book.state('ClusterLoadAssignment').forced.delete(name);
      }
    }
    const { sequence, type, resources, removed, revision } = response;
    this.#book.effects.push({
      kind: 'send',
      content: { type, nonce: String(sequence), resources, removed, revision },
    });
  }

  /** A cluster is sent: it will warm, for which it needs its endpoints, even if it has asked for them before. */
  #make(cluster: string, sequence: number): void {
    this.#book.clusters.made(cluster, sequence);
    const endpoints = this.#book.state('ClusterLoadAssignment');
    endpoints.forced.add(cluster);
    if (endpoints.names.has(cluster)) endpoints.dirty.add(cluster);
  }

  /** A response with what changed; names under suspicion wait for their trial. */
  #fresh(state: TypeState): Response | undefined {
    const names: string[] = [];
    if (state.dirty.size > 0) {
      for (const name of state.dirty) if (!state.suspected.has(name)) names.push(name);
    }
    const content = state.type === 'Secret' ? this.#decideFirst(state, names) : this.#decideAll(state, names);
    const greetings = state.type === 'VirtualHost' ? this.#book.virtualHosts.greetings(content) : [];
    if (content.resources.length + content.removed.length + greetings.length === 0 && !state.answer) {
      return undefined;
    }
    state.answer = false;
    return this.#response(state, {
      resources: content.resources,
      removed: [...content.removed, ...greetings],
    });
  }

  #response(state: TypeState, content: Pick<Response, 'resources' | 'removed' | 'narrowing'>): Response {
    return { sequence: ++this.#book.sequence, type: state.type, revision: this.#book.revision, ...content };
  }

  #decideAll(
    state: TypeState,
    names: Iterable<string>,
  ): { readonly resources: Resource[]; readonly removed: string[] } {
    const resources: Resource[] = [];
    const removed: string[] = [];
    const queue = [...names];
    for (const name of queue) {
      state.dirty.delete(name);
      const decision = this.#decide(state, name);
      if (decision === 'remove') removed.push(name);
      else if (decision !== undefined) resources.push(decision);
      if (state.type === 'VirtualHost') queue.push(...this.#book.virtualHosts.uncover(name));
    }
    return { resources, removed };
  }

  /**
   * Secrets go one by one. Envoy (1.40, `SdsApi`) remembers what it refused as what it has, so it would accept it if it was
   * sent a second time to find out which of several is to blame.
   */
  #decideFirst(
    state: TypeState,
    names: readonly string[],
  ): { readonly resources: Resource[]; readonly removed: string[] } {
    for (const name of names) {
      const content = this.#decideAll(state, [name]);
      if (content.resources.length + content.removed.length > 0) return content;
    }
    return { resources: [], removed: [] };
  }

  #trial(state: TypeState): Response | undefined {
    for (let trial = state.trials[0]; trial !== undefined; trial = state.trials[0]) {
      const response = trial instanceof Narrowing ? this.#narrow(state, trial) : this.#alone(state, trial);
      if (response !== undefined) return response;
    }
    return undefined;
  }

  /** Some names of a refused response, for themselves. */
  #alone(state: TypeState, names: readonly string[]): Response | undefined {
    state.trials.shift();
    for (const name of names) state.suspected.delete(name);
    const content = this.#decideAll(state, names);
    return content.resources.length + content.removed.length === 0
      ? undefined
      : this.#response(state, content);
  }

  /** The next question about a refused resource; none if it is judged, or has changed meanwhile. */
  #narrow(state: TypeState, narrowing: Narrowing): Response | undefined {
    const { resource } = narrowing;
    const wanted = this.#book.options.snapshot.get(resource.type, resource.name);
    const without = wanted?.version === resource.version ? narrowing.next() : undefined;
    const variant = without === undefined ? undefined : this.#book.options.assemble?.(resource, without);
    if (variant === undefined) {
      state.trials.shift();
      state.suspected.delete(resource.name);
      state.dirty.add(resource.name);
      // Every part is fine for itself: only the whole can be refused.
      const inconclusive = without !== undefined || narrowing.guilty.length === 0;
      if (wanted?.version === resource.version && inconclusive) {
        this.#book.report(resource, state.lastError ?? '');
      }
      return undefined;
    }
    if (this.#book.options.refused.has(variant.version)) {
      this.#book.judge(state, narrowing, state.lastError ?? '');
      return undefined;
    }
    if (state.version(resource.name) === variant.version) {
      narrowing.judge(true);
      return undefined;
    }
    return this.#response(state, { resources: [variant], removed: [], narrowing });
  }

  /** What to do about a name now. */
  #decide(state: TypeState, name: string): Resource | 'remove' | undefined {
    const target = this.#target(state, name);
    const forced = state.forced.has(name);
    if (state.type === 'VirtualHost') this.#book.virtualHosts.unblock(name);
    if (target === 'remove') {
      if (!state.has(name) && !forced) return undefined;
      return this.#mayRemove(state, name) ? 'remove' : undefined;
    }
    if (target === undefined) return undefined;
    if (!forced && state.version(name) === target.version) {
      this.#identify(state, target);
      return undefined;
    }
    const missing = this.#book.clusters.missing(target, (cluster) => this.#planned(cluster));
    if (missing === undefined) return target;
    this.#book.clusters.wait(target.key, missing);
    if (state.type === 'VirtualHost') this.#book.virtualHosts.block(name);
    return undefined;
  }

  /** What the proxy should have: a resource, none, or (undefined) what it has already. */
  #target(state: TypeState, name: string): Resource | 'remove' | undefined {
    const { snapshot, refused } = this.#book.options;
    const wanted = snapshot.get(state.type, name);
    const usable = wanted !== undefined && !refused.has(wanted.version) ? wanted : undefined;
    if (state.type === 'VirtualHost') {
      const routeConfig = routeConfigOf(name);
      if (this.#book.accepted('RouteConfiguration', routeConfig) === undefined) return 'remove';
      if (wanted !== undefined) return this.#book.interested(state, name) ? usable : undefined;
      return snapshot.get('RouteConfiguration', routeConfig) === undefined ? undefined : 'remove';
    }
    if (!this.#book.interested(state, name)) return undefined;
    if (usable?.pending === true) {
      return state.forced.has(name) ? state.held.get(name)?.resource : undefined;
    }
    if (usable !== undefined) return usable;
    if (state.type === 'Cluster' || state.type === 'Listener') {
      return wanted === undefined ? 'remove' : undefined;
    }
    const dropped = state.type === 'ClusterLoadAssignment' && wanted === undefined &&
      snapshot.get('Cluster', name) !== undefined;
    const held = state.held.get(name);
    const fallback = substitute(state.type, name);
    if (held?.version !== undefined && held.version !== fallback?.version && !dropped) {
      return state.forced.has(name) ? held.resource : undefined;
    }
    return fallback ?? 'remove';
  }

  /** Whether a cluster will come, in a version that is worth waiting for. */
  #planned(cluster: string): boolean {
    const wanted = this.#book.options.snapshot.get('Cluster', cluster);
    return wanted !== undefined && !this.#book.options.refused.has(wanted.version);
  }

  /** A version of an earlier stream proves to be the present one. */
  #identify(state: TypeState, resource: Resource): void {
    const held = state.held.get(resource.name);
    if (held === undefined || held.resource !== undefined || held.version !== resource.version) return;
    held.resource = resource;
    this.#book.clusters.use(resource);
    if (hasNeeds(state.type)) this.#book.identified();
  }

  /** Whether a removal may be sent; if not, it is remembered, and looked at when it may. */
  #mayRemove(state: TypeState, name: string): boolean {
    if (state.type === 'VirtualHost') return !this.#book.virtualHosts.awaitsHeir(name);
    if (state.type !== 'Cluster') return true;
    const free = this.#book.settled && this.#book.unknown === 0 && !this.#book.clusters.used(name);
    if (!free) this.#book.clusters.park(name);
    return free;
  }
}

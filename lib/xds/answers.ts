import type { Resource } from '../envoy/resource.ts';
import { Narrowing, split, suspects } from './bisect.ts';
import type { Book } from './book.ts';
import type { Response, TypeState } from './type-state.ts';
import { substitute } from './wire.ts';

/** Takes a proxy's ACKs and NACKs: what it has from now on, and what it refuses. */
export class Answers {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** An answer; `error` is set in a NACK. */
  settle(state: TypeState, response: Response, error: string | undefined): void {
    if (state.type !== 'Cluster') this.#book.state('Cluster').read(response.sequence);
    if (state.type === 'Listener' && !this.#book.settled) {
      this.#book.settled = true;
      this.#book.unpark();
    }
    if (error === undefined) this.#accept(state, response);
    else this.#refuse(state, response, error);
    if (state.type === 'Secret') this.#prove();
  }

  #accept(state: TypeState, response: Response): void {
    state.acks++;
    state.revision = response.revision;
    for (const resource of response.resources) this.#hold(state, resource, response.sequence);
    for (const name of response.removed) this.#book.forget(state, name);
    const { type, resources, removed, revision } = response;
    this.#book.effects.push({ kind: 'acked', type, resources, removed, revision });
    response.narrowing?.judge(true);
  }

  #hold(state: TypeState, resource: Resource, sequence: number): void {
    const { type, name } = resource;
    const before = state.held.get(name);
    if (!this.#book.interested(state, name)) {
      this.#book.unused(this.#book.clusters.drop(resource));
      return;
    }
    state.held.set(name, { version: resource.version, resource });
    this.#book.release(state, before);
    if (type === 'Cluster') {
      if (this.#book.endpointless(name)) this.#book.ready(name);
    } else if (type === 'ClusterLoadAssignment') {
      this.#book.clusters.endpoints(name, sequence);
      this.#prove();
    } else if (type === 'RouteConfiguration') {
      if (before?.version === undefined) this.open(name, true);
    } else if (type === 'VirtualHost') {
      this.#book.virtualHosts.hold(name, true);
    }
  }

  /** Clusters whose endpoints are accepted are warm, unless Envoy waits for a secret of theirs, for which it has asked before. */
  #prove(): void {
    const secrets = this.#book.state('Secret');
    if (secrets.inFlight !== undefined || secrets.dirty.size > 0) return;
    this.#book.revisit(this.#book.clusters.prove());
  }

  #refuse(state: TypeState, response: Response, message: string): void {
    state.nacks++;
    state.lastError = message;
    for (const resource of response.resources) {
      const held = state.held.get(resource.name);
      if (held === undefined) {
        state.held.set(resource.name, { maybe: [resource] });
        if (state.type === 'VirtualHost') this.#book.virtualHosts.hold(resource.name, true);
      } else {
        // Sent again because it was needed again, and still is; who asked by name may need what it has once more.
        if (!state.wildcard || held.version === resource.version) state.forced.add(resource.name);
        (held.maybe ??= []).push(resource);
      }
    }
    if (response.narrowing !== undefined) {
      for (const { version } of response.resources) this.#book.options.refused.add(version);
      this.#book.judge(state, response.narrowing, message);
      return;
    }
    const names = response.resources.map(({ name }) => name);
    const [only] = response.resources;
    if (only === undefined) {
      // A removal alone is not refused by Envoy; tried again it would be for ever.
      for (const name of response.removed) this.#book.forget(state, name);
      return;
    }
    for (const name of response.removed) {
      if (name.endsWith('/')) {
        this.#book.virtualHosts.greet(name.slice(0, -1));
        continue;
      }
      // It may have been removed: whatever is wanted now must be said again.
      state.dirty.add(name);
      state.forced.add(name);
    }
    if (names.length > 1) {
      for (const name of names) state.suspected.add(name);
      state.trials.unshift(...split(names, message));
    } else {
      this.#convict(state, only, message);
    }
  }

  /** One resource alone was refused: which of its parts is to blame? */
  #convict(state: TypeState, resource: Resource, message: string): void {
    const { refused, assemble } = this.#book.options;
    if (substitute(resource.type, resource.name)?.version === resource.version) return;
    refused.add(resource.version);
    const parts = suspects(resource, state.held.get(resource.name)?.resource);
    const [only] = parts;
    if (parts.length > 1 && assemble !== undefined) {
      state.suspected.add(resource.name);
      state.trials.unshift(new Narrowing(resource, parts));
    } else if (parts.length === 1 && only !== undefined) {
      this.#book.report(resource, message, only);
    } else {
      this.#book.report(resource, message);
    }
    if (state.wildcard) return;
    const held = state.held.get(resource.name);
    if (
      state.type === 'ClusterLoadAssignment' && held?.version !== undefined && held.resource === undefined
    ) {
      // Those of an earlier stream cannot be sent again; by them the proxy has been serving what it had of the cluster.
      this.#book.ready(resource.name);
    }
    // Who asked by name still waits for an answer: the last good version, or a substitute.
    state.dirty.add(resource.name);
    state.forced.add(resource.name);
  }

  /** A RouteConfiguration is accepted: its virtual hosts can follow. */
  open(routeConfig: string, fresh: boolean): void {
    const hosts = this.#book.state('VirtualHost');
    if (fresh) this.#book.virtualHosts.greet(routeConfig);
    if (!hosts.requested) return;
    for (const name of this.#book.options.snapshot.virtualHosts(routeConfig)) hosts.dirty.add(name);
  }
}

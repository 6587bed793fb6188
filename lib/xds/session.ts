import type { ResourceType } from '../envoy/resource.ts';
import { Answers } from './answers.ts';
import { Narrowing } from './bisect.ts';
import { Book, hasNeeds, type SessionOptions } from './book.ts';
import type { Effect, Request } from './events.ts';
import { type FleetChange, routeConfigOf } from './fleet.ts';
import { Responses } from './responses.ts';
import type { TypeState, TypeStatus } from './type-state.ts';
import { typeOfUrl } from './wire.ts';

/** Types whose refused responses Envoy applies but for what is at fault. */
const APPLIED_IN_PART: readonly ResourceType[] = ['Cluster', 'Listener', 'VirtualHost'];

/**
 * The Delta ADS protocol of one stream, without I/O or clock: events in, effects out.
 *
 * What it relies on was measured with Envoy 1.40:
 * - Envoy reads responses in order, and answers each at once, but for one case: while any cluster warms (after its start),
 *   it withholds all CDS answers. An answer to any later response proves that the withheld ones have been read, and an ACK
 *   of a cluster's endpoints that it is warm, so a stuck cluster delays only what needs it. (A cluster whose load balancer
 *   Envoy refuses is never taken off the warming ones: CDS is not answered again before it is replaced or removed.)
 *   On a new stream the first request of CDS is withheld alike.
 * - A changed cluster warms anew and does not ask for its endpoints again: they are sent again. It keeps its secrets.
 * - VHDS is subscribed to once, by an empty request that names no RouteConfiguration; a RouteConfiguration that comes later
 *   makes no request. So virtual hosts are pushed once their RouteConfiguration is accepted. An empty response reaches no
 *   one; the removal of any name under the RouteConfiguration ends the wait of one that has no virtual hosts.
 * - RouteConfigurations and Secrets cannot be removed. Envoy unsubscribes a RouteConfiguration when its last listener has
 *   drained; until then its virtual hosts, and their clusters, serve.
 * - A refused CDS or LDS response is applied but for the resources that its message names, a refused VHDS response for the
 *   RouteConfigurations without a fault, and anything that fails validation refuses all.
 */
export class Session {
  readonly #book: Book;
  readonly #answers: Answers;
  readonly #responses: Responses;
  #writable = false;
  /** Resource keys to look at in the next event: the graph may have a substitute by then. */
  readonly #later = new Set<string>();

  constructor(options: SessionOptions) {
    this.#book = new Book(options);
    this.#answers = new Answers(this.#book);
    this.#responses = new Responses(this.#book);
  }

  /** A request of the proxy. Types that are not served get no answer. */
  request(request: Request): readonly Effect[] {
    const type = typeOfUrl(request.typeUrl);
    if (type === undefined) return [];
    this.#wake();
    const state = this.#book.state(type);
    const response = state.answered(request.responseNonce);
    if (response !== undefined) this.#answers.settle(state, response, request.errorDetail?.message);
    if (!state.requested) this.#first(state, request);
    else this.#resubscribe(state, request);
    return this.#flush();
  }

  /** Changes of the snapshot, which has them already. */
  change(changes: readonly FleetChange[], revision: number): readonly Effect[] {
    this.#wake();
    this.#book.revision = revision;
    for (const change of changes) this.#changed(change);
    return this.#flush();
  }

  /** Whether responses may be written: not before there is a snapshot, and not while the stream's buffer is full. */
  setWritable(writable: boolean): readonly Effect[] {
    this.#writable = writable;
    return this.#flush();
  }

  /** A version of a cluster has been refused here or on another stream: nothing shall wait for it. */
  clusterRefused(name: string): void {
    for (const key of this.#book.clusters.release(name)) this.#later.add(key);
  }

  /** Goes on after effects have been told: what a refused cluster held back is sent, in whatever version is wanted by now. */
  resume(): readonly Effect[] {
    this.#wake();
    return this.#flush();
  }

  /** The revision of the snapshot as the session starts. */
  setRevision(revision: number): void {
    this.#book.revision = revision;
  }

  /** The stream is over: what it was about to find out must be asked elsewhere. */
  close(): void {
    for (const { trials } of this.#book.types.values()) {
      for (const trial of trials) {
        if (trial instanceof Narrowing) this.#book.options.refused.delete(trial.resource.version);
      }
    }
    const { unsure } = this.#book.options;
    for (const type of APPLIED_IN_PART) {
      for (const { key, version } of this.#book.state(type).unacknowledged()) {
        // The latest are the last to be forgotten.
        unsure.delete(key);
        unsure.set(key, version);
      }
    }
  }

  /** Names that the proxy has accepted. */
  acceptedNames(type: ResourceType): Iterable<string> {
    return this.#book.state(type).held.keys();
  }

  /** Whether the proxy has answered to its listeners: before that its lack of them means nothing. */
  get settled(): boolean {
    return this.#book.settled;
  }

  /** The version of a resource that the proxy has accepted. */
  accepted(type: ResourceType, name: string): string | undefined {
    return this.#book.accepted(type, name);
  }

  /** What is known of one type, for people; absent if it was not asked for. */
  describe(type: ResourceType): TypeStatus | undefined {
    const state = this.#book.state(type);
    return state.requested ? state.describe() : undefined;
  }

  // --- Subscriptions

  /** The first request of a type, with the versions that the proxy has from an earlier stream. */
  #first(state: TypeState, request: Request): void {
    state.begin(request.resourceNamesSubscribe);
    for (const [name, version] of Object.entries(request.initialResourceVersions)) {
      state.held.set(name, { version });
      state.dirty.add(name);
      if (state.type === 'VirtualHost') this.#book.virtualHosts.hold(name, true);
      if (hasNeeds(state.type)) this.#book.unknown++;
      if (state.type === 'Cluster') {
        if (
          this.#book.endpointless(name) || this.#book.accepted('ClusterLoadAssignment', name) !== undefined
        ) {
          this.#book.ready(name);
        } else {
          this.#book.clusters.made(name, 0);
        }
      }
      if (state.type === 'ClusterLoadAssignment' && this.#book.accepted('Cluster', name) !== undefined) {
        this.#book.ready(name);
      }
    }
    this.#doubt(state, request.initialResourceVersions);
    if (state.wildcard) this.#askAll(state);
    // Clusters go first, unless one of them was warming when the last stream broke: it needs endpoints of any version.
    const warming = state.type === 'ClusterLoadAssignment' && !this.#book.state('Cluster').requested;
    for (const name of request.resourceNamesSubscribe) {
      this.#subscribe(state, name, !warming && Object.hasOwn(request.initialResourceVersions, name));
    }
  }

  /** What an earlier stream was not told about may be there in any version: it is sent again, or removed. */
  #doubt({ type, dirty, forced }: TypeState, versions: Readonly<Record<string, string>>): void {
    if (!APPLIED_IN_PART.includes(type)) return;
    for (const [key, version] of this.#book.options.unsure) {
      if (!key.startsWith(`${type}|`)) continue;
      const name = key.slice(type.length + 1);
      if (versions[name] === version) continue;
      dirty.add(name);
      forced.add(name);
    }
  }

  #resubscribe(state: TypeState, request: Request): void {
    for (const name of request.resourceNamesUnsubscribe) this.#unsubscribe(state, name);
    for (const name of request.resourceNamesSubscribe) this.#subscribe(state, name, false);
  }

  #subscribe(state: TypeState, name: string, known: boolean): void {
    if (name === '*') {
      state.wildcard = true;
      this.#askAll(state);
      return;
    }
    state.names.add(name);
    state.dirty.add(name);
    if (state.type === 'VirtualHost') {
      // A RouteConfiguration's name stands for its virtual hosts.
      for (const host of this.#book.options.snapshot.virtualHosts(name)) state.dirty.add(host);
    }
    if (known) return;
    // Asked for anew, the proxy has forgotten what it had; a cluster that asks for endpoints warms.
    if (state.type === 'ClusterLoadAssignment') this.#book.clusters.warms(name);
    this.#book.forget(state, name);
    state.forced.add(name);
  }

  #unsubscribe(state: TypeState, name: string): void {
    if (name === '*') {
      state.wildcard = false;
      return;
    }
    state.names.delete(name);
    state.forced.delete(name);
    if (state.wildcard) {
      state.dirty.add(name);
      return;
    }
    this.#book.forget(state, name);
    if (state.type === 'RouteConfiguration') this.#close(name);
  }

  #askAll(state: TypeState): void {
    state.answer = state.type !== 'VirtualHost';
    if (state.type !== 'VirtualHost') {
      for (const name of this.#book.options.snapshot.names(state.type)) state.dirty.add(name);
      return;
    }
    for (const routeConfig of this.#book.state('RouteConfiguration').held.keys()) {
      // One that has none may still wait to hear so.
      const [some] = this.#book.virtualHosts.of(routeConfig);
      this.#answers.open(routeConfig, some === undefined);
    }
  }

  /** A RouteConfiguration is no longer in use: neither are its virtual hosts. */
  #close(routeConfig: string): void {
    this.#book.virtualHosts.forget(routeConfig);
    const hosts = this.#book.state('VirtualHost');
    const names = [...this.#book.virtualHosts.of(routeConfig)];
    for (const { name } of hosts.inFlight?.resources ?? []) {
      if (routeConfigOf(name) === routeConfig) names.push(name);
    }
    // Should the RouteConfiguration be back before the removal is sent, they are sent again.
    for (const name of names) {
      hosts.dirty.add(name);
      hosts.forced.add(name);
    }
  }

  // --- Changes

  #changed({ type, name, before, after }: FleetChange): void {
    const state = this.#book.state(type);
    if (state.requested) state.dirty.add(name);
    const { snapshot } = this.#book.options;
    if (type === 'Cluster') {
      this.#book.clusters.keep(name);
      if (after === undefined) this.#book.revisit(this.#book.clusters.release(name));
      // Whether unknown endpoints are empty or kept depends on the cluster.
      const endpoints = this.#book.state('ClusterLoadAssignment');
      if (endpoints.names.has(name)) endpoints.dirty.add(name);
    } else if (type === 'ClusterLoadAssignment') {
      if (this.#book.accepted('Cluster', name) !== undefined && this.#book.endpointless(name)) {
        this.#book.ready(name);
      }
    } else if (type === 'RouteConfiguration' && (before === undefined || after === undefined)) {
      const hosts = this.#book.state('VirtualHost');
      if (!hosts.requested) return;
      for (const host of this.#book.virtualHosts.of(name)) hosts.dirty.add(host);
      for (const host of snapshot.virtualHosts(name)) hosts.dirty.add(host);
    }
  }

  #wake(): void {
    if (this.#later.size === 0) return;
    this.#book.revisit([...this.#later]);
    this.#later.clear();
  }

  #flush(): readonly Effect[] {
    if (this.#writable) this.#responses.send();
    const { effects } = this.#book;
    this.#book.effects = [];
    return effects;
  }
}

import type { Resource, ResourceType } from '../envoy/resource.ts';
import { Narrowing, split, suspects } from './bisect.ts';
import { Clusters } from './clusters.ts';
import type { Effect, Request } from './events.ts';
import { type FleetChange, routeConfigOf, type Snapshot } from './fleet.ts';
import { type Held, type Response, TypeState, type TypeStatus } from './type-state.ts';
import { VirtualHosts } from './virtual-hosts.ts';
import { substitute, typeOfUrl } from './wire.ts';

export interface SessionOptions {
  readonly snapshot: Snapshot;
  /** Versions that are never sent again; shared by the streams of a fleet, and added to. */
  readonly refused: Set<string>;
  /**
   * Builds a resource anew with some of its parts, named by hash, replaced by what answers 500. With it, one guilty part
   * among several new ones is found by halving; without it the resource is refused as a whole.
   */
  readonly assemble?:
    | ((resource: Resource, without: ReadonlySet<string>) => Resource | undefined)
    | undefined;
}

/** Clusters go before their endpoints and what needs them; Envoy reads responses in the order of the stream. */
const ORDER: readonly ResourceType[] = [
  'Cluster',
  'ClusterLoadAssignment',
  'Secret',
  'Listener',
  'RouteConfiguration',
  'VirtualHost',
];

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
  readonly #options: SessionOptions;
  readonly #types = new Map<ResourceType, TypeState>(ORDER.map((type) => [type, new TypeState(type)]));
  readonly #clusters = new Clusters();
  readonly #virtualHosts = new VirtualHosts();
  #effects: Effect[] = [];
  #sequence = 0;
  #revision = 0;
  #writable = false;
  /** Set once an ACK proves that the first requests of all types have been read. */
  #settled = false;
  /** Number of virtual hosts and listeners of an earlier stream in versions that are unknown now. */
  #unknown = 0;
  /** Resource keys to look at in the next event: the graph may have a substitute by then. */
  readonly #later = new Set<string>();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** A request of the proxy. Types that are not served get no answer. */
  request(request: Request): readonly Effect[] {
    const type = typeOfUrl(request.typeUrl);
    if (type === undefined) return [];
    this.#wake();
    const state = this.#state(type);
    const response = state.answered(request.responseNonce);
    if (response !== undefined) this.#settle(state, response, request.errorDetail?.message);
    if (!state.requested) this.#first(state, request);
    else this.#resubscribe(state, request);
    return this.#flush();
  }

  /** Changes of the snapshot, which has them already. */
  change(changes: readonly FleetChange[], revision: number): readonly Effect[] {
    this.#wake();
    this.#revision = revision;
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
    for (const key of this.#clusters.release(name)) this.#later.add(key);
  }

  /** Goes on after effects have been told: what a refused cluster held back is sent, in whatever version is wanted by now. */
  resume(): readonly Effect[] {
    this.#wake();
    return this.#flush();
  }

  /** The revision of the snapshot as the session starts. */
  setRevision(revision: number): void {
    this.#revision = revision;
  }

  /** The stream is over: what it was about to find out must be asked elsewhere. */
  close(): void {
    for (const { trials } of this.#types.values()) {
      for (const trial of trials) {
        if (trial instanceof Narrowing) this.#options.refused.delete(trial.resource.version);
      }
    }
  }

  /** The version of a resource that the proxy has accepted. */
  accepted(type: ResourceType, name: string): string | undefined {
    return this.#state(type).held.get(name)?.version;
  }

  /** Names that the proxy has accepted. */
  acceptedNames(type: ResourceType): Iterable<string> {
    return this.#state(type).held.keys();
  }

  /** Whether the proxy has answered to its listeners: before that its lack of them means nothing. */
  get settled(): boolean {
    return this.#settled;
  }

  /** What is known of one type, for people; absent if it was not asked for. */
  describe(type: ResourceType): TypeStatus | undefined {
    const state = this.#state(type);
    return state.requested ? state.describe() : undefined;
  }

  #state(type: ResourceType): TypeState {
    const state = this.#types.get(type);
    if (state === undefined) throw new Error(`unknown type ${type}`);
    return state;
  }

  // --- Subscriptions

  #first(state: TypeState, request: Request): void {
    state.begin(request.resourceNamesSubscribe);
    for (const [name, version] of Object.entries(request.initialResourceVersions)) {
      state.held.set(name, { version });
      state.dirty.add(name);
      if (state.type === 'VirtualHost') this.#virtualHosts.hold(name, true);
      if (hasNeeds(state.type)) this.#unknown++;
      if (state.type === 'Cluster') {
        if (this.#endpointless(name) || this.accepted('ClusterLoadAssignment', name) !== undefined) {
          this.#ready(name);
        } else this.#clusters.made(name, 0);
      }
      if (state.type === 'ClusterLoadAssignment' && this.accepted('Cluster', name) !== undefined) {
        this.#ready(name);
      }
    }
    if (state.wildcard) this.#askAll(state);
    // Clusters go first, unless one of them was warming when the last stream broke: it needs endpoints of any version.
    const warming = state.type === 'ClusterLoadAssignment' && !this.#state('Cluster').requested;
    for (const name of request.resourceNamesSubscribe) {
      this.#subscribe(state, name, !warming && Object.hasOwn(request.initialResourceVersions, name));
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
      for (const host of this.#options.snapshot.virtualHosts(name)) state.dirty.add(host);
    }
    if (known) return;
    // Asked for anew, the proxy has forgotten what it had; a cluster that asks for endpoints warms.
    if (state.type === 'ClusterLoadAssignment') this.#clusters.warms(name);
    this.#forget(state, name);
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
    this.#forget(state, name);
    if (state.type === 'RouteConfiguration') this.#close(name);
  }

  #askAll(state: TypeState): void {
    state.answer = state.type !== 'VirtualHost';
    if (state.type !== 'VirtualHost') {
      for (const name of this.#options.snapshot.names(state.type)) state.dirty.add(name);
      return;
    }
    for (const routeConfig of this.#state('RouteConfiguration').held.keys()) this.#open(routeConfig, false);
  }

  #interested(state: TypeState, name: string): boolean {
    return state.wildcard || state.names.has(name) ||
      (state.type === 'VirtualHost' && state.names.has(routeConfigOf(name)));
  }

  /** A RouteConfiguration is accepted: its virtual hosts can follow. */
  #open(routeConfig: string, fresh: boolean): void {
    const hosts = this.#state('VirtualHost');
    if (fresh) this.#virtualHosts.greet(routeConfig);
    if (!hosts.requested) return;
    for (const name of this.#options.snapshot.virtualHosts(routeConfig)) hosts.dirty.add(name);
  }

  /** A RouteConfiguration is no longer in use: neither are its virtual hosts. */
  #close(routeConfig: string): void {
    this.#virtualHosts.forget(routeConfig);
    const hosts = this.#state('VirtualHost');
    const names = [...this.#virtualHosts.of(routeConfig)];
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
    const state = this.#state(type);
    if (state.requested) state.dirty.add(name);
    const { snapshot } = this.#options;
    if (type === 'Cluster') {
      this.#clusters.keep(name);
      if (after === undefined) this.#revisit(this.#clusters.release(name));
      // Whether unknown endpoints are empty or kept depends on the cluster.
      const endpoints = this.#state('ClusterLoadAssignment');
      if (endpoints.names.has(name)) endpoints.dirty.add(name);
    } else if (type === 'ClusterLoadAssignment') {
      if (this.accepted('Cluster', name) !== undefined && this.#endpointless(name)) this.#ready(name);
    } else if (type === 'RouteConfiguration' && (before === undefined || after === undefined)) {
      const hosts = this.#state('VirtualHost');
      if (!hosts.requested) return;
      for (const host of this.#virtualHosts.of(name)) hosts.dirty.add(host);
      for (const host of snapshot.virtualHosts(name)) hosts.dirty.add(host);
    }
  }

  #wake(): void {
    if (this.#later.size === 0) return;
    this.#revisit([...this.#later]);
    this.#later.clear();
  }

  /** Looks again at resources, by key. */
  #revisit(keys: Iterable<string>): void {
    for (const key of keys) {
      const bar = key.indexOf('|');
      this.#state(key.slice(0, bar) as ResourceType).dirty.add(key.slice(bar + 1));
    }
  }

  #ready(cluster: string): void {
    this.#revisit(this.#clusters.ready(cluster));
  }

  /** Whether a cluster that the proxy has gets no endpoints by EDS. */
  #endpointless(cluster: string): boolean {
    return !this.#state('Cluster').sent.has(cluster) &&
      this.#options.snapshot.get('ClusterLoadAssignment', cluster) === undefined &&
      !this.#state('ClusterLoadAssignment').names.has(cluster);
  }

  // --- Answers

  #settle(state: TypeState, response: Response, error: string | undefined): void {
    if (state.type !== 'Cluster') this.#state('Cluster').read(response.sequence);
    if (state.type === 'Listener' && !this.#settled) {
      this.#settled = true;
      this.#unpark();
    }
    if (error === undefined) this.#accept(state, response);
    else this.#refuse(state, response, error);
    if (state.type === 'Secret') this.#prove();
  }

  #accept(state: TypeState, response: Response): void {
    state.acks++;
    state.revision = response.revision;
    for (const resource of response.resources) this.#hold(state, resource, response.sequence);
    for (const name of response.removed) this.#forget(state, name);
    const { type, resources, removed, revision } = response;
    this.#effects.push({ kind: 'acked', type, resources, removed, revision });
    response.narrowing?.judge(true);
  }

  #hold(state: TypeState, resource: Resource, sequence: number): void {
    const { type, name } = resource;
    const before = state.held.get(name);
    if (!this.#interested(state, name)) {
      this.#unused(this.#clusters.drop(resource));
      return;
    }
    state.held.set(name, { version: resource.version, resource });
    this.#release(state, before);
    if (type === 'Cluster') {
      if (this.#endpointless(name)) this.#ready(name);
    } else if (type === 'ClusterLoadAssignment') {
      this.#clusters.endpoints(name, sequence);
      this.#prove();
    } else if (type === 'RouteConfiguration') {
      if (before?.version === undefined) this.#open(name, true);
    } else if (type === 'VirtualHost') {
      this.#virtualHosts.hold(name, true);
    }
  }

  /** Clusters whose endpoints are accepted are warm, unless Envoy waits for a secret of theirs, for which it has asked before. */
  #prove(): void {
    const secrets = this.#state('Secret');
    if (secrets.inFlight !== undefined || secrets.dirty.size > 0) return;
    this.#revisit(this.#clusters.prove());
  }

  #forget(state: TypeState, name: string): void {
    const before = state.held.get(name);
    if (before === undefined) return;
    state.held.delete(name);
    if (state.type === 'VirtualHost') this.#virtualHosts.hold(name, false);
    this.#release(state, before);
  }

  /** Ends the uses of what the proxy had of a name. */
  #release(state: TypeState, held: Held | undefined): void {
    if (held === undefined) return;
    if (held.resource !== undefined) this.#unused(this.#clusters.drop(held.resource));
    for (const resource of held.maybe ?? []) this.#unused(this.#clusters.drop(resource));
    if (held.version !== undefined && held.resource === undefined && hasNeeds(state.type)) this.#identified();
  }

  #identified(): void {
    this.#unknown--;
    if (this.#unknown === 0) this.#unpark();
  }

  /** Nothing uses these clusters any more, which were to be removed. */
  #unused(clusters: readonly string[]): void {
    for (const cluster of clusters) this.#state('Cluster').dirty.add(cluster);
  }

  #unpark(): void {
    this.#unused(this.#clusters.unpark());
  }

  #refuse(state: TypeState, response: Response, message: string): void {
    state.nacks++;
    state.lastError = message;
    for (const resource of response.resources) {
      const held = state.held.get(resource.name);
      if (held === undefined) {
        state.held.set(resource.name, { maybe: [resource] });
        if (state.type === 'VirtualHost') this.#virtualHosts.hold(resource.name, true);
      } else {
        // Sent again because it was needed again, and still is.
        if (held.version === resource.version) state.forced.add(resource.name);
        (held.maybe ??= []).push(resource);
      }
    }
    if (response.narrowing !== undefined) {
      for (const { version } of response.resources) this.#options.refused.add(version);
      this.#judge(state, response.narrowing, message);
      return;
    }
    const names = response.resources.map(({ name }) => name);
    const [only] = response.resources;
    if (only === undefined) {
      // A removal alone is not refused by Envoy; tried again it would be for ever.
      for (const name of response.removed) this.#forget(state, name);
      return;
    }
    for (const name of response.removed) {
      if (name.endsWith('/')) {
        this.#virtualHosts.greet(name.slice(0, -1));
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
    const { refused, assemble } = this.#options;
    if (substitute(resource.type, resource.name)?.version === resource.version) return;
    refused.add(resource.version);
    const parts = suspects(resource, state.held.get(resource.name)?.resource);
    const [only] = parts;
    if (parts.length > 1 && assemble !== undefined) {
      state.suspected.add(resource.name);
      state.trials.unshift(new Narrowing(resource, parts));
    } else if (parts.length === 1 && only !== undefined) {
      this.#report(resource, message, only);
    } else {
      this.#report(resource, message);
    }
    if (state.wildcard) return;
    // Who asked by name still waits for an answer: the last good version, or a substitute.
    state.dirty.add(resource.name);
    state.forced.add(resource.name);
  }

  #judge(state: TypeState, narrowing: Narrowing, message: string): void {
    state.lastError = message;
    const part = narrowing.judge(false);
    if (part !== undefined) this.#report(narrowing.resource, message, part);
  }

  #report(
    resource: Resource,
    message: string,
    part?: { readonly hash: string; readonly source: string },
  ): void {
    const blame = part === undefined ? { hash: resource.version } : { hash: part.hash, source: part.source };
    this.#effects.push({ kind: 'refused', refusal: { ...blame, message, resource: resource.key } });
  }

  // --- Responses

  #flush(): readonly Effect[] {
    if (this.#writable) {
      for (const type of ORDER) {
        if (type === 'Listener') this.#probe();
        this.#send(this.#state(type));
      }
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Clusters wait behind a response whose ACK may be withheld: an empty response of another type tells if it has been read. */
  #probe(): void {
    const { inFlight, dirty, trials } = this.#state('Cluster');
    if (inFlight === undefined || dirty.size + trials.length === 0 || !this.#settled) return;
    const told = [...this.#types.values()].some((state) =>
      (state.inFlight?.sequence ?? 0) > inFlight.sequence
    );
    if (!told) this.#state('Listener').answer = true;
  }

  #send(state: TypeState): void {
    if (!state.requested || state.inFlight !== undefined) return;
    const response = state.trialNext
      ? this.#trial(state) ?? this.#fresh(state)
      : this.#fresh(state) ?? this.#trial(state);
    if (response === undefined) return;
    state.trialNext = !state.trialNext;
    state.inFlight = response;
    for (const resource of response.resources) {
      this.#clusters.use(resource);
      state.sent.set(resource.name, resource);
      state.forced.delete(resource.name);
      if (state.type === 'Cluster') this.#make(resource.name, response.sequence);
    }
    for (const name of response.removed) {
      state.sent.set(name, undefined);
      state.forced.delete(name);
      if (state.type === 'Cluster') {
        this.#clusters.gone(name);
        this.#state('ClusterLoadAssignment').forced.delete(name);
      }
    }
    const { sequence, type, resources, removed, revision } = response;
    this.#effects.push({
      kind: 'send',
      content: { type, nonce: String(sequence), resources, removed, revision },
    });
  }

  /** A cluster is sent: it will warm, for which it needs its endpoints, even if it has asked for them before. */
  #make(cluster: string, sequence: number): void {
    this.#clusters.made(cluster, sequence);
    const endpoints = this.#state('ClusterLoadAssignment');
    endpoints.forced.add(cluster);
    if (endpoints.names.has(cluster)) endpoints.dirty.add(cluster);
  }

  /** A response with what changed; names under suspicion wait for their trial. */
  #fresh(state: TypeState): Response | undefined {
    const names: string[] = [];
    if (state.dirty.size > 0) {
      for (const name of state.dirty) if (!state.suspected.has(name)) names.push(name);
    }
    const content = this.#decideAll(state, names);
    const greetings = state.type === 'VirtualHost' ? this.#virtualHosts.greetings(content) : [];
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
    return { sequence: ++this.#sequence, type: state.type, revision: this.#revision, ...content };
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
      if (state.type === 'VirtualHost') queue.push(...this.#virtualHosts.uncover(name));
    }
    return { resources, removed };
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
    const wanted = this.#options.snapshot.get(resource.type, resource.name);
    const without = wanted?.version === resource.version ? narrowing.next() : undefined;
    const variant = without === undefined ? undefined : this.#options.assemble?.(resource, without);
    if (variant === undefined) {
      state.trials.shift();
      state.suspected.delete(resource.name);
      state.dirty.add(resource.name);
      // Every part is fine for itself: only the whole can be refused.
      const inconclusive = without !== undefined || narrowing.guilty.length === 0;
      if (wanted?.version === resource.version && inconclusive) this.#report(resource, state.lastError ?? '');
      return undefined;
    }
    if (this.#options.refused.has(variant.version)) {
      this.#judge(state, narrowing, state.lastError ?? '');
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
    if (state.type === 'VirtualHost') this.#virtualHosts.unblock(name);
    if (target === 'remove') {
      if (!state.has(name) && !forced) return undefined;
      return this.#mayRemove(state, name) ? 'remove' : undefined;
    }
    if (target === undefined) return undefined;
    if (!forced && state.version(name) === target.version) {
      this.#identify(state, target);
      return undefined;
    }
    const missing = this.#clusters.missing(target, (cluster) => this.#planned(cluster));
    if (missing === undefined) return target;
    this.#clusters.wait(target.key, missing);
    if (state.type === 'VirtualHost') this.#virtualHosts.block(name);
    return undefined;
  }

  /** What the proxy should have: a resource, none, or (undefined) what it has already. */
  #target(state: TypeState, name: string): Resource | 'remove' | undefined {
    const { snapshot, refused } = this.#options;
    const wanted = snapshot.get(state.type, name);
    const usable = wanted !== undefined && !refused.has(wanted.version) ? wanted : undefined;
    if (state.type === 'VirtualHost') {
      const routeConfig = routeConfigOf(name);
      if (this.accepted('RouteConfiguration', routeConfig) === undefined) return 'remove';
      if (wanted !== undefined) return this.#interested(state, name) ? usable : undefined;
      return snapshot.get('RouteConfiguration', routeConfig) === undefined ? undefined : 'remove';
    }
    if (!this.#interested(state, name)) return undefined;
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
    const wanted = this.#options.snapshot.get('Cluster', cluster);
    return wanted !== undefined && !this.#options.refused.has(wanted.version);
  }

  /** A version of an earlier stream proves to be the present one. */
  #identify(state: TypeState, resource: Resource): void {
    const held = state.held.get(resource.name);
    if (held === undefined || held.resource !== undefined || held.version !== resource.version) return;
    held.resource = resource;
    this.#clusters.use(resource);
    if (hasNeeds(state.type)) this.#identified();
  }

  /** Whether a removal may be sent; if not, it is remembered, and looked at when it may. */
  #mayRemove(state: TypeState, name: string): boolean {
    if (state.type === 'VirtualHost') return !this.#virtualHosts.awaitsHeir(name);
    if (state.type !== 'Cluster') return true;
    const free = this.#settled && this.#unknown === 0 && !this.#clusters.used(name);
    if (!free) this.#clusters.park(name);
    return free;
  }
}

/** Whether resources of a type name clusters. */
function hasNeeds(type: ResourceType): boolean {
  return type === 'VirtualHost' || type === 'Listener';
}

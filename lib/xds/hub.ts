import type { Batch, Collection } from '../graph/types.ts';
import type { Resource, ResourceType } from '../envoy/resource.ts';
import { type FleetChange, type FleetMembership, Fleets, type Snapshot } from './fleet.ts';
import type { Effect, RefusalReport, Request } from './events.ts';
import { Session } from './session.ts';
import type { TypeStatus as HeldStatus } from './type-state.ts';
import type { ResponseContent } from './wire.ts';

/** A version that all connected proxies of a fleet run; without one they do not agree, or there are none. */
export interface DeliveredUpdate {
  /** `fleet|resource key`. */
  readonly key: string;
  readonly version: string | undefined;
}

/** One accepted response. */
export interface Acknowledgement {
  readonly fleet: string;
  /** The stream's id. */
  readonly stream: number;
  readonly type: ResourceType;
  readonly resources: readonly Resource[];
  /** Names. */
  readonly removed: readonly string[];
  /** The graph's, at the time when the response was written. */
  readonly revision: number;
}

export interface HubOptions {
  readonly resources: Collection<Resource>;
  readonly memberships: Collection<FleetMembership>;
  /** Listeners and RouteConfigurations whose delivery changed. */
  readonly onDelivered?: (updates: readonly DeliveredUpdate[]) => void;
  /** How many proxies of a fleet count for what is delivered; told before the deliveries that follow from it. */
  readonly onProxies?: (fleet: string, proxies: number) => void;
  /**
   * Once for each refused content of a fleet. What waited for it is sent afterwards, so a caller that applies a substitute
   * before it returns spares proxies the time between.
   */
  readonly onRefused?: (refusal: RefusalReport & { readonly fleet: string }) => void;
  readonly onAck?: (ack: Acknowledgement) => void;
  /** See `SessionOptions.assemble`. */
  readonly assemble?: (resource: Resource, without: ReadonlySet<string>) => Resource | undefined;
}

/** One type on a stream, for people. */
export interface TypeStatus extends HeldStatus {
  readonly type: ResourceType;
}

/** What a stream is to the hub. */
export interface Stream {
  readonly fleet: string;
  request(request: Request): void;
  /** Whether more can be written now. */
  setWritable(writable: boolean): void;
  status(): readonly TypeStatus[];
  close(): void;
}

const TYPES: readonly ResourceType[] = [
  'Cluster',
  'ClusterLoadAssignment',
  'Secret',
  'Listener',
  'TypedExtensionConfig',
  'RouteConfiguration',
  'VirtualHost',
];

/** Types whose delivery is reported: few and coarse, because status depends on it. */
const REPORTED: readonly ResourceType[] = ['Listener', 'RouteConfiguration'];

/** What a fleet remembers of each kind, such as refused versions; the oldest are forgotten, and would be refused again. */
const MAX_REMEMBERED = 10_000;

interface Fleet {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly sessions: Set<Session>;
  readonly refused: Set<string>;
  /** See `SessionOptions.unsure`. */
  readonly unsure: Map<string, string>;
  /** Hashes that have been reported. */
  readonly reported: Set<string>;
  /** Versions by resource key. */
  readonly delivered: Map<string, string>;
  /** Sessions that have answered to a listener, as last reported. */
  proxies: number;
}

/** Joins the graph's resources to the streams of all fleets. */
export class Hub {
  readonly #options: HubOptions;
  readonly #fleets: Fleets;
  readonly #byName = new Map<string, Fleet>();
  readonly #members = new Map<
    Session,
    { fleet: Fleet; id: number; write: (content: ResponseContent) => void }
  >();
  /** Resource keys whose delivery may have changed, by fleet. */
  readonly #stale = new Map<Fleet, Set<string>>();
  #ready = false;
  #revision = 0;
  #streams = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#fleets = new Fleets(options);
  }

  /** The first configuration is complete: from now on streams are answered. */
  ready(): void {
    if (this.#ready) return;
    this.#ready = true;
    for (const session of this.#members.keys()) this.#run(session, session.setWritable(true));
    this.#report();
  }

  /** Writes what a commit changed to the streams that it concerns, before it returns. */
  apply(batch: Batch): void {
    this.#revision = batch.revision;
    for (const [name, changes] of this.#fleets.apply(batch)) this.#change(this.#fleet(name), changes);
    this.#report();
  }

  /** A new stream; `write` gets each response. */
  open(fleetName: string, write: (content: ResponseContent) => void): Stream {
    const fleet = this.#fleet(fleetName);
    const { assemble } = this.#options;
    const session = new Session({
      snapshot: fleet.snapshot,
      refused: fleet.refused,
      unsure: fleet.unsure,
      assemble,
    });
    session.setRevision(this.#revision);
    fleet.sessions.add(session);
    this.#members.set(session, { fleet, id: ++this.#streams, write });
    let writable = true;
    if (this.#ready) session.setWritable(true);
    return {
      fleet: fleetName,
      request: (request) => {
        const { settled } = session;
        this.#run(session, session.request(request));
        if (session.settled !== settled) this.#touchAll(fleet);
        this.#report();
      },
      setWritable: (value) => {
        if (writable === value) return;
        writable = value;
        if (this.#ready) this.#run(session, session.setWritable(value));
        this.#report();
      },
      status: () =>
        TYPES.flatMap((type) => {
          const status = session.describe(type);
          return status === undefined ? [] : [{ type, ...status }];
        }),
      close: () => {
        if (!this.#members.delete(session)) return;
        fleet.sessions.delete(session);
        session.close();
        forgetOldest(fleet.unsure);
        this.#touchAll(fleet);
        this.#report();
      },
    };
  }

  #fleet(name: string): Fleet {
    let fleet = this.#byName.get(name);
    if (fleet === undefined) {
      const snapshot = this.#fleets.snapshot(name);
      fleet = {
        name,
        snapshot,
        sessions: new Set(),
        refused: new Set(),
        unsure: new Map(),
        reported: new Set(),
        delivered: new Map(),
        proxies: 0,
      };
      this.#byName.set(name, fleet);
    }
    return fleet;
  }

  #change(fleet: Fleet, changes: readonly FleetChange[]): void {
    for (const session of fleet.sessions) this.#run(session, session.change(changes, this.#revision));
  }

  #run(session: Session, effects: readonly Effect[]): void {
    const member = this.#members.get(session);
    if (member === undefined) return;
    const { fleet, id, write } = member;
    // All bytes are written before anyone is told anything.
    for (const effect of effects) if (effect.kind === 'send') write(effect.content);
    const refused: string[] = [];
    for (const effect of effects) {
      if (effect.kind === 'acked') {
        const { type, resources, removed, revision } = effect;
        if (REPORTED.includes(type)) {
          for (const { key } of resources) this.#touch(fleet, key);
          for (const name of removed) this.#touch(fleet, `${type}|${name}`);
        }
        this.#options.onAck?.({ fleet: fleet.name, stream: id, type, resources, removed, revision });
      } else if (effect.kind === 'refused') {
        refused.push(effect.refusal.resource);
        this.#refused(fleet, effect.refusal);
      }
    }
    if (refused.length === 0) return;
    for (const other of fleet.sessions) {
      for (const key of refused) {
        if (key.startsWith('Cluster|')) other.clusterRefused(key.slice('Cluster|'.length));
      }
      this.#run(other, other.resume());
    }
  }

  #refused(fleet: Fleet, refusal: RefusalReport): void {
    forgetOldest(fleet.refused);
    forgetOldest(fleet.reported);
    if (fleet.reported.has(refusal.hash)) return;
    fleet.reported.add(refusal.hash);
    this.#options.onRefused?.({ fleet: fleet.name, ...refusal });
  }

  #touch(fleet: Fleet, key: string): void {
    const keys = this.#stale.get(fleet);
    if (keys === undefined) this.#stale.set(fleet, new Set([key]));
    else keys.add(key);
  }

  /** A stream came or went. */
  #touchAll(fleet: Fleet): void {
    if (!this.#stale.has(fleet)) this.#stale.set(fleet, new Set());
    for (const key of fleet.delivered.keys()) this.#touch(fleet, key);
    for (const session of fleet.sessions) {
      for (const type of REPORTED) {
        for (const name of session.acceptedNames(type)) this.#touch(fleet, `${type}|${name}`);
      }
    }
  }

  #report(): void {
    if (this.#stale.size === 0) return;
    const stale = [...this.#stale];
    this.#stale.clear();
    const updates: DeliveredUpdate[] = [];
    for (const [fleet] of stale) {
      const proxies = [...fleet.sessions].filter(({ settled }) => settled).length;
      if (proxies === fleet.proxies) continue;
      fleet.proxies = proxies;
      this.#options.onProxies?.(fleet.name, proxies);
    }
    for (const [fleet, keys] of stale) {
      for (const key of keys) {
        const version = agreed(fleet, key);
        if (fleet.delivered.get(key) === version) continue;
        if (version === undefined) fleet.delivered.delete(key);
        else fleet.delivered.set(key, version);
        updates.push({ key: `${fleet.name}|${key}`, version });
      }
    }
    if (updates.length > 0) this.#options.onDelivered?.(updates);
  }
}

/** The version that all streams have accepted; those that have not yet answered to any listener do not count. */
function agreed(fleet: Fleet, key: string): string | undefined {
  const bar = key.indexOf('|');
  const type = key.slice(0, bar) as ResourceType;
  const name = key.slice(bar + 1);
  let version: string | undefined;
  for (const session of fleet.sessions) {
    if (!session.settled) continue;
    const accepted = session.accepted(type, name);
    if (accepted === undefined || (version !== undefined && accepted !== version)) return undefined;
    version = accepted;
  }
  return version;
}

function forgetOldest(remembered: Set<string> | Map<string, string>): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= MAX_REMEMBERED) return;
    remembered.delete(oldest);
  }
}

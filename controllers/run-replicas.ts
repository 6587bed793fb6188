import type { ChannelCredentials } from '@grpc/grpc-js';

import {
  type Delivery,
  type FleetRefusal,
  PeerLink,
  peerOf,
  PeerServer,
  type PeerServerOptions,
} from '../lib/xds/mod.ts';
import { type Peers, SELF } from './run-engine.ts';
import type { XdsAccess } from './run-access.ts';

/** How long what a replica said counts after its stream has ended, ms: it, or others for its proxies, will be back soon. */
const GRACE = 5_000;

/** What peers tell this replica. */
export interface ReplicaTarget {
  readonly delivery: Delivery;
  refuse(refusals: readonly FleetRefusal[]): void;
}

export interface ReplicasOptions {
  readonly access: Pick<XdsAccess, 'isController'>;
  /** By which this replica calls the leader; asked for each link. */
  readonly credentials: () => ChannelCredentials;
  /** The name in the leader's certificate. */
  readonly serverName: string;
  /** How long what a replica said counts after its stream has ended, ms. */
  readonly graceMs?: number;
}

/**
 * The replicas of the controller among themselves: each tells the leader what its proxies run, which decides `Programmed`,
 * and all tell each other what proxies refuse, so that no proxy is sent it again.
 */
export class Replicas implements Peers {
  readonly server: PeerServer;
  readonly #options: ReplicasOptions;
  readonly #refusals = new Map<string, FleetRefusal>();
  #target: ReplicaTarget | undefined;
  #leader: string | undefined;
  #link: PeerLink | undefined;
  /** Replicas whose streams have ended, and when they are forgotten. */
  readonly #ghosts = new Map<string, NodeJS.Timeout>();

  constructor(options: ReplicasOptions) {
    this.#options = options;
    const told = (refusals: readonly FleetRefusal[]): void => this.#told(refusals);
    const server: PeerServerOptions = {
      authorize: (call) => options.access.isController(peerOf(call)),
      refusals: () => [...this.#refusals.values()],
      onReport: (replica, report) => {
        this.#target?.delivery.report(replica, report);
        this.#buryOf(hostOf(replica));
      },
      onRefusals: told,
      onGone: (replica) => this.#mourn(replica),
    };
    this.server = new PeerServer(server);
  }

  /** From now on there is something to tell, and to be told. */
  join(target: ReplicaTarget): void {
    this.#target = target;
    this.#connect();
  }

  /** `address:port` of the leader; undefined if that is this replica, or nobody. */
  follow(leader: string | undefined): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#connect();
  }

  /** Calls the leader by new credentials. */
  renew(): void {
    this.#connect();
  }

  reported(report: Parameters<Peers['reported']>[0]): void {
    this.#link?.send({ report });
  }

  refused(refusal: FleetRefusal): void {
    this.#told([refusal], { known: true });
  }

  stop(): void {
    for (const timer of this.#ghosts.values()) clearTimeout(timer);
    this.#ghosts.clear();
    this.#link?.close();
    this.#link = undefined;
    this.#target = undefined;
  }

  /** Says on what is new; `known` to this replica's own graph already, or not. */
  #told(refusals: readonly FleetRefusal[], { known = false } = {}): void {
    const fresh = refusals.filter(({ hash }) => !this.#refusals.has(hash));
    if (fresh.length === 0) return;
    for (const refusal of fresh) this.#refusals.set(refusal.hash, refusal);
    if (!known) this.#target?.refuse(fresh);
    this.server.broadcast(fresh);
    this.#link?.send({ refusals: fresh });
  }

  /** A short break is not told as if proxies were gone. */
  #mourn(replica: string): void {
    if (this.#target === undefined) return;
    this.#ghosts.set(replica, setTimeout(() => this.#bury(replica), this.#options.graceMs ?? GRACE));
  }

  #bury(replica: string): void {
    clearTimeout(this.#ghosts.get(replica));
    this.#ghosts.delete(replica);
    this.#target?.delivery.forget(replica);
  }

  /** A replica that is back says everything itself. */
  #buryOf(host: string): void {
    for (const replica of this.#ghosts.keys()) if (hostOf(replica) === host) this.#bury(replica);
  }

  #connect(): void {
    this.#link?.close();
    this.#link = undefined;
    const target = this.#target;
    if (target === undefined || this.#leader === undefined) return;
    this.#link = new PeerLink({
      target: this.#leader,
      credentials: this.#options.credentials(),
      serverName: this.#options.serverName,
      state: () => ({ report: target.delivery.reportOf(SELF), refusals: [...this.#refusals.values()] }),
      onRefusals: (refusals) => this.#told(refusals),
    });
  }
}

/** Of `address:port#count`. */
function hostOf(replica: string): string {
  return replica.replace(/:\d+#\d+$/, '');
}

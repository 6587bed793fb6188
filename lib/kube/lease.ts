import { isStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { Pause } from './pause.ts';
import { collectionPath, objectPath, type ResourceType } from './resource.ts';

/** Who leads, as far as this replica knows. */
export interface Leadership {
  /** Whether it is this one. */
  readonly leader: boolean;
  /** The leader's identity; absent while there is none. */
  readonly holder: string | undefined;
  /** Where its peers reach it, if it says so. */
  readonly address: string | undefined;
}

export interface LeaderElectionOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  /** Of the Lease; default `dragoman`. */
  readonly name?: string;
  /**
   * Unlike that of any other living replica, and the same after a restart, as a Pod's name is: a restarted leader then
   * goes on at once instead of waiting for its own lease to expire.
   */
  readonly identity: string;
  /** Where peers reach this replica. */
  readonly address?: string | undefined;
  readonly onChange: (leadership: Leadership) => void;
  /** A try that failed, which will be repeated: `ApiError`, or a bug of ours. */
  readonly onError?: (error: unknown) => void;
  readonly timing?: Partial<LeaseTiming>;
}

/** All in ms. */
export interface LeaseTiming {
  /** After so long without renewal others may take over. */
  readonly durationMs: number;
  /** After so long without renewal the leader stops to lead: less than the duration, for clocks differ in speed. */
  readonly renewMs: number;
  /** Between tries. */
  readonly retryMs: number;
}

const defaultTiming: LeaseTiming = { durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

const leaseType: ResourceType = {
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  versions: ['v1'],
};

const addressAnnotation = 'dragoman.dev/peer-address';

interface Lease {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: LeaseSpec;
}

interface LeaseSpec {
  /** Empty if nobody leads. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/**
 * Takes part in the election of one leader by a Lease. Times in the Lease are for people: a lease has expired when this
 * replica has seen no change of it for its duration, whatever any clock says.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timing: LeaseTiming;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #pause = new Pause();
  #leadership: Leadership = { leader: false, holder: undefined, address: undefined };
  /** As it was last read or written, and when it was first seen so. */
  #seen: { readonly lease: Lease; readonly at: number } | undefined;
  /** Until when this replica may act as the leader. */
  #deadline = 0;
  #expiry: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    const { namespace, name = 'dragoman' } = options;
    this.#path = objectPath(leaseType, { version: 'v1', namespace, name });
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  /** Whether this replica may act as the leader at this moment, even if it slept since the last one. */
  get leading(): boolean {
    return this.#leadership.leader && performance.now() < this.#deadline;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives the lease back if it is ours, so that a successor need not wait. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
    const { leader } = this.#leadership;
    this.#lead(false);
    if (leader) await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { retryMs } = this.#timing;
    while (!signal.aborted) {
      try {
        await this.#try();
      } catch (error) {
        if (signal.aborted) break;
        this.#options.onError?.(error);
      }
      // Followers that all look at the same moment would all want it at the same moment.
      const wait = this.#leadership.leader ? retryMs : retryMs * (0.8 + Math.random() * 0.4);
      await this.#pause.wait(wait, signal).catch(() => {});
    }
  }

  /** Renews the lease, takes it, or learns who has it. */
  async #try(): Promise<void> {
    const { identity } = this.#options;
    if (this.#leadership.leader && this.#seen !== undefined) {
      try {
        return await this.#take(this.#seen.lease);
      } catch (error) {
        if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
        // Somebody touched it: look who.
      }
    }
    const lease = await this.#read();
    if (lease === undefined) return await this.#take(undefined);
    this.#see(lease);
    const holder = lease.spec?.holderIdentity;
    if (holder === undefined || holder === '' || holder === identity || this.#hasExpired(lease)) {
      return await this.#take(lease);
    }
    this.#lead(false, { holder, address: lease.metadata.annotations?.[addressAnnotation] });
  }

  async #read(): Promise<Lease | undefined> {
    try {
      const { body } = await this.#request('GET', this.#path);
      return body as Lease;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #see(lease: Lease): void {
    if (this.#seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#seen = { lease, at: performance.now() };
  }

  #hasExpired({ spec }: Lease): boolean {
    const duration = (spec?.leaseDurationSeconds ?? 0) * 1_000;
    return this.#seen !== undefined && performance.now() - this.#seen.at > duration;
  }

  async #take(before: Lease | undefined): Promise<void> {
    const { identity, address } = this.#options;
    const { durationMs, renewMs } = this.#timing;
    const began = performance.now();
    const now = microTime();
    const held = before?.spec?.holderIdentity === identity;
    const { [addressAnnotation]: _, ...annotations } = before?.metadata.annotations ?? {};
    const lease = await this.#write(before, {
      annotations: address === undefined ? annotations : { ...annotations, [addressAnnotation]: address },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(durationMs / 1_000),
        acquireTime: held ? before.spec?.acquireTime ?? now : now,
        renewTime: now,
        leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (held || before === undefined ? 0 : 1),
      },
    });
    // Somebody else may have led since the deadline.
    if (this.#leadership.leader && performance.now() >= this.#deadline) this.#lead(false);
    this.#see(lease);
    this.#deadline = began + renewMs;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#lead(false), Math.max(0, this.#deadline - performance.now()));
    this.#lead(true, { holder: identity, address });
  }

  async #release(): Promise<void> {
    try {
      try {
        await this.#giveBack(this.#seen?.lease);
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        // A renewal that nobody waited for was made all the same.
        const lease = await this.#read();
        if (lease?.spec?.holderIdentity === this.#options.identity) await this.#giveBack(lease);
      }
    } catch (error) {
      // It expires by itself.
      this.#options.onError?.(error);
    }
  }

  async #giveBack(lease: Lease | undefined): Promise<void> {
    if (lease === undefined) return;
    const { [addressAnnotation]: _, ...annotations } = lease.metadata.annotations ?? {};
    await this.#write(lease, {
      annotations,
      spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() },
    });
  }

  async #write(
    before: Lease | undefined,
    { annotations, spec }: {
      readonly annotations: Readonly<Record<string, string>>;
      readonly spec: LeaseSpec;
    },
  ): Promise<Lease> {
    const { namespace, name = 'dragoman' } = this.#options;
    const resourceVersion = before?.metadata.resourceVersion;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...before?.metadata, namespace, name, annotations, resourceVersion },
      spec,
    };
    const answer = before === undefined
      ? await this.#request('POST', collectionPath(leaseType, 'v1', namespace), body)
      : await this.#request('PUT', this.#path, body);
    return answer.body as Lease;
  }

  #request(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
  ): ReturnType<KubeApi['request']> {
    const { aborted } = this.#stop.signal;
    return this.#options.api.request(method, path, {
      body,
      timeoutMs: this.#timing.renewMs / 2,
      ...(aborted ? {} : { signal: this.#stop.signal }),
    });
  }

  #lead(
    leader: boolean,
    known: Omit<Leadership, 'leader'> = { holder: undefined, address: undefined },
  ): void {
    if (!leader) clearTimeout(this.#expiry);
    const before = this.#leadership;
    if (before.leader === leader && before.holder === known.holder && before.address === known.address) {
      return;
    }
    this.#leadership = { leader, ...known };
    this.#options.onChange(this.#leadership);
  }
}

/** Of now, as Leases have it. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

import { randomBytes } from 'node:crypto';

import { Attempts } from '../lib/kube/attempts.ts';
import { Backoff } from '../lib/kube/backoff.ts';
import { ApiError, isPassing, type KubeApi, NamedSecrets } from '../lib/kube/mod.ts';
import { Pause } from '../lib/kube/pause.ts';
import {
  type Authority,
  authorityAfter,
  type Credentials,
  credentialsIn,
  issue,
  type LeafTask,
  LIFETIMES,
  nextTask,
  type SecretData,
} from '../lib/pki/mod.ts';
import { ClientSecrets, type WantedSecret } from './run-client-secrets.ts';

export type { WantedSecret } from './run-client-secrets.ts';

export type PkiEvent =
  /** `why` is what was wrong with it, or the step of an authority that is replaced. */
  | { readonly event: 'written'; readonly secret: string; readonly why: string }
  /** It is tried again later. */
  | { readonly event: 'failed'; readonly secret: string; readonly error: unknown };

export interface PkiOptions {
  readonly api: KubeApi;
  /** The controller's own. */
  readonly namespace: string;
  /** What the xDS server is to show and to trust from now on. */
  readonly onCredentials: (credentials: Credentials) => void;
  /** What drain tokens are made from. Called once. */
  readonly onDrainKey: (key: string) => void;
  readonly onEvent?: (event: PkiEvent) => void;
  /** Asked before each change, so that a leader that was paused does not go on as one. */
  readonly mayWrite?: () => boolean;
  readonly timing?: Partial<PkiTiming>;
  /** ms since the epoch; the machine's unless given. */
  readonly now?: () => number;
}

/** All in ms. */
export interface PkiTiming {
  /** Between looks at the controller's own Secrets. */
  readonly pollMs: number;
  /** The same, while one is missing that somebody will make soon. */
  readonly eagerMs: number;
  /** Between tries for one Secret: first and most. */
  readonly retryMs: readonly [number, number];
}

const defaultTiming: PkiTiming = { pollMs: 5_000, eagerMs: 200, retryMs: [1_000, 300_000] };

const AUTHORITY = 'dragoman-ca';
const SERVER = 'dragoman-xds';
const DRAIN = 'dragoman-drain';
const DRAIN_KEY = 'key';

/** Certificates that are issued at a time, and Secrets before it is looked whether something is more urgent. */
const WIDTH = 8;
const BATCH = 64;

/**
 * Keeps the certificates of an installation as they should be: on the leader the authority in Secret `dragoman-ca`, the
 * server's certificate in `dragoman-xds`, what drain tokens are made from in `dragoman-drain`, and each Gateway's client
 * certificate beside it; every replica reads those that it needs itself. Who deletes `dragoman-ca` gets another authority,
 * and nobody trusts the old one. Drain keys are never replaced.
 *
 * Rights: in the own namespace `get` of Secrets `dragoman-ca`, `dragoman-xds` and `dragoman-drain` (every replica: of the
 * latter two), `patch` of them, and `create` of Secrets. In the namespaces of Gateways `get`, `create` and `patch` of
 * Secrets, and `list` and `watch` of them in all. None is ever deleted: those of Gateways go with them.
 */
export class Pki {
  readonly #options: PkiOptions;
  readonly #timing: PkiTiming;
  readonly #own: NamedSecrets;
  readonly #stop = new AbortController();
  readonly #pause = new Pause();
  readonly #backoff = new Backoff({ baseMs: 200, maxMs: 5_000 });
  readonly #attempts: Attempts;
  #wanted: ReadonlyMap<string, WantedSecret> = new Map();
  /** Only on the leader. */
  #clients: ClientSecrets | undefined;
  /** Following that is being ended. */
  #ending: Promise<void> = Promise.resolve();
  /** When the own Secrets are to be read again, on the clock of `performance.now()`. */
  #readAt = 0;
  #woken = false;
  #shown: SecretData | undefined;
  #hasDrainKey = false;
  #running: Promise<void> | undefined;

  constructor(options: PkiOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    const { api, namespace } = options;
    const labels = { 'app.kubernetes.io/name': 'dragoman' };
    this.#own = new NamedSecrets({ api, namespace, labels });
    this.#attempts = new Attempts(this.#timing.retryMs);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** All Gateways whose proxies are to have a certificate. */
  wanted(secrets: readonly WantedSecret[]): void {
    this.#wanted = new Map(secrets.map((wanted) => [wanted.secret, wanted]));
    this.#clients?.want(this.#wanted);
  }

  /** Whether this replica is the one that writes. */
  lead(isLeader: boolean): void {
    if (isLeader === (this.#clients !== undefined) || this.#stop.signal.aborted) return;
    this.#end();
    if (isLeader) {
      const { api, namespace } = this.#options;
      this.#clients = new ClientSecrets({ api, onChange: () => this.#wake() });
      this.#clients.leaves.want({ secret: this.#server, identity: { controllerIn: namespace } });
      this.#clients.want(this.#wanted);
    }
    this.#readAt = 0;
    this.#wake();
  }

  /** Resolves when nothing is read or written any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    this.#end();
    await this.#running;
    await this.#ending;
  }

  get #server(): string {
    return `${this.#options.namespace}/${SERVER}`;
  }

  #end(): void {
    const clients = this.#clients;
    this.#clients = undefined;
    if (clients !== undefined) this.#ending = both(this.#ending, clients.stop());
  }

  #wake(): void {
    this.#woken = true;
    this.#pause.end();
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#woken = false;
      let wait: number;
      try {
        wait = await this.#step();
        this.#backoff.reset();
      } catch (error) {
        if (signal.aborted) break;
        this.#failed('', error);
        wait = this.#backoff.next(error instanceof ApiError ? error.retryAfterMs : undefined);
        this.#readAt = 0;
        // What woke it is no reason to try sooner.
        this.#woken = false;
      }
      if (!this.#woken) await this.#pause.wait(wait, signal).catch(() => {});
    }
  }

  /** Does all that can be done now; answers when to look again, ms. */
  async #step(): Promise<number> {
    for (;;) {
      await this.#read();
      const clients = this.#clients;
      if (!this.#mayWrite(clients)) return this.#untilRead();
      if (!this.#hasDrainKey) await this.#makeDrainKey();
      const options = { now: this.#now(), lifetimes: LIFETIMES };
      const { leaves } = clients;
      const task = nextTask({ authority: this.#own.known(AUTHORITY), leaves }, options);
      if (task.kind === 'authority') {
        await this.#write(AUTHORITY, await authorityAfter(task.change, options), task.change.step);
      } else {
        const jobs = task.kind === 'leaves'
          ? task.leaves.map((leaf) => this.#issuing(clients, task.authority, leaf))
          : [];
        const issued = new Set(jobs.map(({ key }) => key));
        for (const wanted of clients.misdescribed()) {
          if (!issued.has(wanted.secret)) jobs.push(this.#describing(clients, wanted));
        }
        const due = jobs.filter(({ key, why }) => this.#attempts.wait(key, why) === 0);
        if (due.length === 0) {
          const waits = jobs.map(({ key, why }) => this.#attempts.wait(key, why));
          const until = task.kind === 'wait' ? task.until - options.now : Infinity;
          return Math.max(0, Math.min(this.#untilRead(), until, ...waits));
        }
        await this.#perform(clients, due.slice(0, BATCH));
      }
    }
  }

  /** Whether it is still the leader that began. */
  #mayWrite(clients: ClientSecrets | undefined): clients is ClientSecrets {
    return clients !== undefined && clients === this.#clients && this.#options.mayWrite?.() !== false;
  }

  #untilRead(): number {
    return Math.max(0, this.#readAt - performance.now());
  }

  /** Reads the own Secrets, if it is time; once more if there is a new reason meanwhile. */
  async #read(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#untilRead() === 0) {
      this.#readAt = Infinity;
      if (this.#clients !== undefined) await this.#own.read(AUTHORITY, signal);
      await this.#own.read(SERVER, signal);
      if (!this.#hasDrainKey) {
        await this.#own.read(DRAIN, signal);
        this.#takeDrainKey();
      }
      this.#takeServer();
      const { pollMs, eagerMs } = this.#timing;
      const complete = this.#shown !== undefined && this.#hasDrainKey;
      // Replicas that all look at the same moment would do so for ever.
      const pause = (complete ? pollMs : eagerMs) * (0.8 + Math.random() * 0.4);
      this.#readAt = Math.min(this.#readAt, performance.now() + pause);
    }
  }

  async #write(name: string, data: SecretData, why: string): Promise<void> {
    if (await this.#own.write(name, data)) {
      this.#options.onEvent?.({ event: 'written', secret: `${this.#options.namespace}/${name}`, why });
    } else this.#readAt = 0; // Another replica was faster, or somebody else: look what they did.
  }

  #takeServer(): void {
    const data = this.#own.known(SERVER);
    this.#clients?.leaves.observe(this.#server, data);
    if (data === undefined || data === this.#shown) return;
    const credentials = credentialsIn(data);
    if (credentials === undefined) return;
    this.#shown = data;
    this.#options.onCredentials(credentials);
  }

  async #makeDrainKey(): Promise<void> {
    await this.#write(DRAIN, { [DRAIN_KEY]: randomBytes(32).toString('hex') }, 'missing');
    this.#takeDrainKey();
  }

  #takeDrainKey(): void {
    const key = this.#own.known(DRAIN)?.[DRAIN_KEY] ?? '';
    if (key === '' || this.#hasDrainKey) return;
    this.#hasDrainKey = true;
    this.#options.onDrainKey(key);
  }

  #issuing(clients: ClientSecrets, authority: Authority, { wanted: leaf, fault }: LeafTask): Job {
    const { secret, identity } = leaf;
    return {
      key: secret,
      why: fault,
      act: async () => {
        const data = await issue(authority, { identity, now: this.#now(), lifetimes: LIFETIMES });
        if (!this.#mayWrite(clients)) return false;
        if (secret === this.#server) {
          await this.#write(SERVER, data, fault);
          this.#takeServer();
          return true;
        }
        const wanted = clients.get(secret);
        return wanted !== undefined && await this.#writeClient(clients, { wanted, data, why: fault });
      },
    };
  }

  #describing(clients: ClientSecrets, wanted: WantedSecret): Job {
    const why = 'description';
    const data = clients.leaves.data(wanted.secret) ?? {};
    return { key: wanted.secret, why, act: () => this.#writeClient(clients, { wanted, data, why }) };
  }

  async #writeClient(
    clients: ClientSecrets,
    { wanted, data, why }: { readonly wanted: WantedSecret; readonly data: SecretData; readonly why: string },
  ): Promise<boolean> {
    const { secret } = wanted;
    const result = await clients.write(wanted, data);
    if (result === 'written') this.#options.onEvent?.({ event: 'written', secret, why });
    if (result === 'foreign') {
      const error = new Error(
        'there is a Secret of that name that was not made for this Gateway, and it stays as it is',
      );
      this.#failed(secret, error);
    }
    return result === 'written';
  }

  /** A few at a time. One that fails keeps no other from being done, unless the API server itself fails. */
  async #perform(clients: ClientSecrets, jobs: readonly Job[]): Promise<void> {
    const queue = jobs.values();
    let passing: unknown;
    const work = async (): Promise<void> => {
      for (const { key, why, act } of queue) {
        if (passing !== undefined || !this.#mayWrite(clients)) return;
        let ok = false;
        try {
          ok = await act();
        } catch (error) {
          if (isPassing(error)) {
            passing ??= error;
            return;
          }
          this.#failed(key, error);
        }
        this.#attempts.made(key, why, { ok });
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
    if (passing !== undefined) throw passing;
  }

  #failed(secret: string, error: unknown): void {
    this.#options.onEvent?.({ event: 'failed', secret, error });
  }
}

/** One Secret that is to be written. */
interface Job {
  /** `namespace/name` */
  readonly key: string;
  /** Tells attempts at it from attempts for another reason. */
  readonly why: string;
  /** Answers whether it was written. */
  readonly act: () => Promise<boolean>;
}

async function both(a: Promise<void>, b: Promise<void>): Promise<void> {
  await a;
  await b;
}

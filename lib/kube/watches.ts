import {
  type AnyObject,
  type KindInfo,
  type KindName,
  kinds as allKinds,
  type Unreadable,
} from '../api/mod.ts';
import type { KubeApi, Query } from './client.ts';
import { InfrastructureStore, type LiveObjects } from './infrastructure-store.ts';
import { definitionType, InstalledKinds } from './installed-kinds.ts';
import { KindStore } from './kind-store.ts';
import { ObservedStatuses } from './observed-statuses.ts';
import { Pending, type PendingUpdate } from './pending.ts';
import type { ObjectProblem } from './problem.ts';
import {
  Reflector,
  type ReflectorOptions,
  type ReflectorState,
  type ReflectorStatus,
  type ReflectorTiming,
} from './reflector.ts';
import { isBuiltIn, type RawObject, type ResourceType } from './resource.ts';
import type { InstalledKind, Update } from './update.ts';

export interface WatchesOptions {
  readonly api: KubeApi;
  /** Default: every kind that can be decoded. */
  readonly kinds?: readonly KindName[];
  /** Whether those that only legacy resources need are among them; they are not unless told. */
  readonly legacy?: boolean;
  /** Kinds of the objects that are made for Gateways, watched by their label `app.kubernetes.io/managed-by: dragoman`. */
  readonly infrastructure?: readonly ResourceType[];
  /**
   * First called when each kind has had its initial list or has been proven to be absent, with all objects; later with
   * what has happened since. Must not throw.
   */
  readonly onUpdate: (update: Update) => void;
  /** A kind's state or problem has changed. */
  readonly onKind?: (status: KindStatus) => void;
  readonly timing?: Partial<ReflectorTiming>;
}

/** How well one kind is known. */
export interface KindStatus {
  readonly kind: string;
  readonly group: string;
  /** The version in use. */
  readonly version: string;
  readonly state: ReflectorState;
  /** Why it is not live, for people; absent for a kind that is just not installed. */
  readonly problem?: KindProblem | undefined;
  /** Whether only objects made for Gateways are meant; Services and ConfigMaps are followed both ways. */
  readonly infrastructure: boolean;
}

export interface KindProblem {
  /** Such as `Forbidden` or `Unreachable`. */
  readonly reason: string;
  /** What was tried and what came of it. */
  readonly message: string;
}

/** Without these nothing can be served rightly, so their absence is never concluded from missing rights. */
const required: ReadonlySet<string> = new Set(['GatewayClass', 'Gateway', 'Service', 'EndpointSlice']);

/** Kinds of Kubernetes itself that not every cluster serves. */
const optionalBuiltIn: ReadonlySet<string> = new Set(['ClusterTrustBundle']);

/** Secrets of these types are Helm's and the API server's own, many and large. */
const selectors: Readonly<Partial<Record<KindName, Query>>> = {
  Secret: { fieldSelector: 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token' },
};

const ownLabel: Query = { labelSelector: 'app.kubernetes.io/managed-by=dragoman' };

interface Watched {
  readonly type: ResourceType;
  readonly reflector: Reflector;
  /** Of a kind that is decoded. */
  readonly store?: KindStore | undefined;
  readonly infrastructure: boolean;
}

interface ReflectorChoices extends Pick<ReflectorOptions, 'sink' | 'optional' | 'query' | 'metadataOnly'> {
  readonly infrastructure?: boolean;
}

/** Follows all kinds at once and joins what happens to them into updates. */
export class Watches {
  /** Of the kinds that have a status. */
  readonly statuses: ObservedStatuses = new ObservedStatuses();
  readonly #live = new Map<string, RawObject>();
  readonly #pending: Pending;
  readonly #options: WatchesOptions;
  readonly #infos: readonly KindInfo<AnyObject>[];
  readonly #watched: readonly Watched[];
  readonly #byKind: ReadonlyMap<string, Watched>;
  readonly #definitions: Watched;
  readonly #installed: InstalledKinds;
  #toldInstalled = '';
  #synced = false;
  #onSynced: (() => void) | undefined;

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#pending = new Pending(this.statuses, (update) => this.#deliver(update));
    this.#infos = options.kinds?.map((kind) => infoOf(kind)) ?? Object.values(allKinds).filter(
      ({ legacy = false }) => !legacy || options.legacy === true,
    );
    const decoded = this.#infos.map((info) => this.#decoded(info));
    this.#byKind = new Map(decoded.map((watched) => [watched.type.kind, watched]));
    this.#installed = new InstalledKinds({
      types: this.#infos.filter(isCustom),
      onChange: (kind) => {
        this.#byKind.get(kind)?.reflector.wake();
        this.#tellInstalled();
      },
    });
    this.#definitions = {
      type: definitionType,
      infrastructure: false,
      reflector: this.#reflector(definitionType, {
        sink: this.#installed,
        metadataOnly: true,
        optional: true,
      }),
    };
    const infrastructure = (options.infrastructure ?? []).map((type) => this.#infrastructure(type));
    this.#watched = [...decoded, this.#definitions, ...infrastructure];
  }

  /** Resolves once the first update has been delivered; until then it tries, however long that takes. */
  start(): Promise<void> {
    const synced = new Promise<void>((resolve) => {
      this.#onSynced = resolve;
    });
    for (const { reflector } of this.#watched) reflector.start();
    return synced;
  }

  /** No update is delivered any more. */
  async stop(): Promise<void> {
    this.#pending.close();
    await Promise.all(this.#watched.map(({ reflector }) => reflector.stop()));
  }

  /** Whether the first update has been delivered. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Objects made for Gateways, as they are in the cluster. */
  get infrastructure(): LiveObjects {
    return this.#live;
  }

  /** What is wrong with objects now. */
  problems(): readonly ObjectProblem[] {
    return this.#watched.flatMap(({ store }) => store?.problems() ?? []);
  }

  /** Whether an object is there whose newest version cannot be decoded, so that it may be missing from the updates. */
  isUnreadable(kind: string, key: string): boolean {
    return this.#byKind.get(kind)?.store?.isUnreadable(key) === true;
  }

  kinds(): readonly KindStatus[] {
    return this.#watched.map((watched) => statusOf(watched, watched.reflector.status));
  }

  /** The version of a kind that the API server serves and that is in use. */
  versionOf(kind: string): string | undefined {
    const watched = this.#byKind.get(kind);
    return watched?.reflector.status.version;
  }

  /**
   * How long it has been since everything was last known to be as it is in the cluster, ms. Where nothing happens, up
   * to a minute or so is normal.
   */
  staleness(): number {
    if (!this.#synced) return Infinity;
    const now = performance.now();
    let staleness = 0;
    for (const { reflector: { status } } of this.#watched) {
      if (status.state === 'absent' || status.confirmed === undefined) continue;
      staleness = Math.max(staleness, now - status.confirmed);
    }
    return staleness;
  }

  #decoded(info: KindInfo<AnyObject>): Watched {
    const store = new KindStore({ info, pending: this.#pending, statuses: this.statuses });
    const optional = !required.has(info.kind);
    const query = selectors[info.kind] ?? {};
    const reflector = this.#reflector(info, { sink: store, optional, query });
    return { type: info, store, infrastructure: false, reflector };
  }

  #infrastructure(type: ResourceType): Watched {
    const sink = new InfrastructureStore(type.kind, { live: this.#live, pending: this.#pending });
    const reflector = this.#reflector(type, { sink, optional: true, query: ownLabel, infrastructure: true });
    return { type, infrastructure: true, reflector };
  }

  #reflector(
    type: ResourceType,
    { infrastructure = false, ...options }: ReflectorChoices,
  ): Reflector {
    const { api, timing = {} } = this.#options;
    const onStatus = (status: ReflectorStatus): void => this.#changed({ type, infrastructure }, status);
    return new Reflector({ api, type, timing, onStatus, ...options });
  }

  #changed(watched: Omit<Watched, 'reflector'>, status: ReflectorStatus): void {
    this.#options.onKind?.(statusOf(watched, status));
    const { type } = watched;
    const tells = type.kind === definitionType.kind || isCustom(type) || optionalBuiltIn.has(type.kind);
    if (tells) this.#tellInstalled();
    if (!this.#synced && this.#watched.every(({ reflector }) => reflector.status.state !== 'pending')) {
      this.#pending.open();
    }
  }

  /** What definitions say, of kinds that may be read and that the version of Gateway API is told by; without the right to read definitions, what can be listed is installed. */
  #tellInstalled(): void {
    const installed = this.#installedNow();
    const told = JSON.stringify(installed);
    if (told === this.#toldInstalled) return;
    this.#toldInstalled = told;
    this.#pending.installed(installed);
  }

  #installedNow(): readonly InstalledKind[] {
    const infos = this.#infos.filter(({ legacy = false }) => !legacy);
    const told = new Set<string>(infos.map(({ kind }) => kind));
    const listed = infos.filter(({ kind }) => this.#isListed(kind));
    const kindsOf = (infos: readonly KindInfo[]): readonly InstalledKind[] =>
      infos.map(({ kind, group }) => ({ kind, group }));
    const custom = isForbidden(this.#definitions)
      ? kindsOf(listed.filter(isCustom))
      : this.#installed.all().filter(({ kind }) => told.has(kind) && !isForbidden(this.#byKind.get(kind)));
    return [...custom, ...kindsOf(listed.filter(({ kind }) => optionalBuiltIn.has(kind)))];
  }

  #isListed(kind: string): boolean {
    const state = this.#byKind.get(kind)?.reflector.status.state;
    return state === 'live' || state === 'lost';
  }

  #unreadable(): readonly Unreadable[] {
    return this.#watched.flatMap(({ store }) => store?.unreadable() ?? []);
  }

  #deliver(update: PendingUpdate): void {
    this.#options.onUpdate({ ...update, unreadable: this.#unreadable() });
    if (this.#synced) return;
    this.#synced = true;
    this.#onSynced?.();
  }
}

function infoOf(kind: KindName): KindInfo<AnyObject> {
  return allKinds[kind];
}

/** Whether nothing is known of a kind, though it is there, since it may not be read. */
function isForbidden(watched: Watched | undefined): boolean {
  const { state, problem } = watched?.reflector.status ?? {};
  return state === 'absent' && problem !== undefined;
}

/** Whether a kind is there only if somebody has installed it. */
function isCustom(type: ResourceType): boolean {
  return !isBuiltIn(type);
}

function statusOf(
  { type, infrastructure }: Omit<Watched, 'reflector'>,
  { state, version, problem }: ReflectorStatus,
): KindStatus {
  return {
    kind: type.kind,
    group: type.group,
    version,
    state,
    problem: problem === undefined ? undefined : { reason: problem.reason, message: problem.message },
    infrastructure,
  };
}

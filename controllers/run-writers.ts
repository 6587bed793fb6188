import { kindAndKey } from '../lib/api/mod.ts';
import type { Batch } from '../lib/graph/mod.ts';
import {
  InfrastructureApplier,
  type InfrastructureChange,
  type InfrastructureEvent,
  type KubeApi,
  type StatusEvent,
  StatusWriter,
  type Watches,
} from '../lib/kube/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import type { Metrics } from '../lib/telemetry/metrics.ts';
import type { Dataflow } from './graph.ts';
import { InfraFaults } from './run-faults.ts';
import { StatusHold } from './run-hold.ts';
import { CONTROLLER_NAME } from './settings.ts';

export interface WritersOptions {
  readonly api: KubeApi;
  readonly watches: Watches;
  readonly dataflow: Dataflow;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether this replica may write at this moment. */
  readonly leading: () => boolean;
  /** What is wrong with the objects of a Gateway or XBackend has changed. */
  readonly onFault: (owner: string, fault: ReturnType<InfraFaults['of']>) => void;
  /** How long proxies have to come back, or to take over what they are sent, before that is told, ms. */
  readonly holdMs?: number;
}

/** Envoy waits up to 5 s between its tries to reach the xDS server, and needs some to take over what it is sent. */
const HOLD = 10_000;

/** What the leader writes: statuses, and the objects of Gateways and XBackends. */
export class Writers {
  readonly #options: WritersOptions;
  readonly #statuses: StatusWriter;
  readonly #infra: InfrastructureApplier;
  readonly #hold: StatusHold;
  readonly #faults: InfraFaults;
  #enabled = false;
  #holding: NodeJS.Timeout | undefined;

  constructor(options: WritersOptions) {
    this.#options = options;
    const { api, watches, dataflow, leading } = options;
    this.#hold = new StatusHold({
      observed: (key) => watches.statuses.get(key)?.status ?? '',
      holdMs: options.holdMs ?? HOLD,
    });
    this.#faults = new InfraFaults(dataflow.infra);
    this.#statuses = new StatusWriter({
      api,
      statuses: watches.statuses,
      versionOf: (kind) => watches.versionOf(kind),
      controllerName: CONTROLLER_NAME,
      mayWrite: leading,
      onEvent: (event) => this.#statusEvent(event),
    });
    this.#infra = new InfrastructureApplier({
      api,
      live: watches.infrastructure,
      spares: (owner) => {
        const { kind, key } = kindAndKey(owner);
        return watches.isUnreadable(kind, key);
      },
      isKnown: (owner) => {
        const { kind, key } = kindAndKey(owner);
        const { Gateway, XBackend } = dataflow.objects;
        return (kind === 'Gateway' ? Gateway : XBackend).get(key) !== undefined;
      },
      mayWrite: leading,
      onEvent: (event) => this.#infraEvent(event),
    });
  }

  /** Takes over what a commit changed. */
  committed(batch: Batch): void {
    const { statuses, infraPlans } = this.#options.dataflow;
    this.#statuses.update(this.#hold.filter(batch.changes(statuses)));
    this.#await();
    const plans = batch.changes(infraPlans);
    for (const { key, after } of plans) {
      if (this.#faults.planned(key, after?.objects ?? [])) this.#tellFault(key);
    }
    this.#infra.update(plans);
  }

  /** Sets the gauge that is read off, when it is asked for. */
  measure(): void {
    this.#options.metrics.pendingStatuses.set(this.#statuses.pending);
  }

  /** Objects that were made by us have changed in the cluster. */
  observed(changes: readonly InfrastructureChange[]): void {
    if (changes.length > 0) this.#infra.observed(changes);
  }

  /** Begins to write; everything that is desired must be known. */
  enable(): void {
    this.#enabled = true;
    this.#hold.begin();
    this.#await();
    this.#statuses.enable();
    this.#infra.enable();
  }

  /** Resolves when what is under way has ended. */
  async disable(): Promise<void> {
    this.#enabled = false;
    clearTimeout(this.#holding);
    await Promise.all([this.#statuses.disable(), this.#infra.disable()]);
  }

  async stop(): Promise<void> {
    this.#enabled = false;
    clearTimeout(this.#holding);
    await Promise.all([this.#statuses.stop(), this.#infra.disable()]);
  }

  /** Says what is held once it is due. */
  #await(): void {
    clearTimeout(this.#holding);
    const { wait } = this.#hold;
    if (!this.#enabled || wait === undefined) return;
    this.#holding = setTimeout(() => {
      this.#statuses.update(this.#hold.due());
      this.#await();
    }, wait);
  }

  #statusEvent(event: StatusEvent): void {
    const { metrics, log } = this.#options;
    const [kind = ''] = event.object.split('/', 1);
    metrics.statusWrites.inc({ kind, result: event.event });
    if (event.event === 'failed') {
      log.warn({ object: event.object, err: event.error }, 'a status is not written');
    } else if (event.event === 'written') log.debug({ object: event.object, ms: event.ms }, 'status written');
    else if (event.event === 'absent') log.debug({ object: event.object }, 'there is no status to write');
  }

  #infraEvent(event: InfrastructureEvent): void {
    const { metrics, log } = this.#options;
    const { object } = event;
    const [kind = ''] = object.split('/', 1);
    if (event.event !== 'settled') metrics.infraWrites.inc({ kind, result: event.event });
    if (event.event === 'failed') {
      log.warn({ object, err: event.error }, 'an object of ours is not written');
    } else if (event.event === 'foreign') {
      log.warn({ object }, 'an object that is needed exists and was not made by us for the same owner');
    } else log.info({ object }, `object of ours ${event.event}`);
    const owner = this.#faults.event(event);
    if (owner !== undefined) this.#tellFault(owner);
  }

  #tellFault(owner: string): void {
    this.#options.onFault(owner, this.#faults.of(owner));
  }
}

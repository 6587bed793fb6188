import type { ObservedStatus, ObservedStatuses } from './observed-statuses.ts';
import type { RawObject } from './resource.ts';
import type { InfrastructureChange, InstalledKind, ObjectChange, Update } from './update.ts';

/** What has to be told of when it happens. */
export type PendingUpdate = Omit<Update, 'unreadable'>;

/** What has happened since the last update. All that comes before the event loop's next turn goes into one. */
export class Pending {
  readonly #statuses: ObservedStatuses;
  readonly #deliver: (update: PendingUpdate) => void;
  readonly #changes = new Map<string, ObjectChange>();
  readonly #observed = new Map<string, ObservedStatus | undefined>();
  readonly #infrastructure = new Map<string, RawObject | undefined>();
  #installed: readonly InstalledKind[] | undefined;
  #since: number | undefined;
  #scheduled = false;
  #open = false;

  constructor(statuses: ObservedStatuses, deliver: (update: PendingUpdate) => void) {
    this.#statuses = statuses;
    this.#deliver = deliver;
  }

  /** From now on updates are delivered, the first with everything so far. */
  open(): void {
    this.#open = true;
    this.#since ??= now();
    this.#schedule();
  }

  close(): void {
    this.#open = false;
  }

  change(id: string, change: ObjectChange): void {
    this.#changes.set(id, change);
    this.touch();
  }

  observe(id: string, observed: ObservedStatus | undefined): void {
    this.#observed.set(id, observed);
    this.touch();
  }

  infrastructure(key: string, object: RawObject | undefined): void {
    this.#infrastructure.set(key, object);
    this.touch();
  }

  installed(kinds: readonly InstalledKind[]): void {
    this.#installed = kinds;
    this.touch();
  }

  /** Something happened that is told elsewhere. */
  touch(): void {
    this.#since ??= now();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#open) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (!this.#open) return;
    const observed = [...this.#observed];
    const update: PendingUpdate = {
      changes: [...this.#changes.values()],
      infrastructure: Array.from(
        this.#infrastructure,
        ([key, object]): InfrastructureChange => ({ key, object }),
      ),
      installed: this.#installed,
      since: this.#since ?? now(),
    };
    this.#changes.clear();
    this.#observed.clear();
    this.#infrastructure.clear();
    this.#installed = undefined;
    this.#since = undefined;
    for (const [id, status] of observed) {
      if (status === undefined) this.#statuses.delete(id);
      else this.#statuses.set(id, status);
    }
    this.#deliver(update);
    this.#statuses.notify(observed.map(([id]) => id));
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

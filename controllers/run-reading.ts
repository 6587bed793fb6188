import { infrastructureTypes, type KindStatus, type KubeApi, type Update, Watches } from '../lib/kube/mod.ts';

export interface ReadingOptions {
  readonly api: KubeApi;
  /** Whether the resources of `getambassador.io` are among what is read. */
  readonly legacy: boolean;
}

/** The cluster as it is read, which begins before there is anybody to tell: what happens until then is told later. */
export class ClusterReading {
  readonly watches: Watches;
  /** Resolves when the first update is there, or has been told. */
  readonly synced: Promise<void>;
  readonly #updates: Told<Update> = new Told();
  readonly #kinds: Told<KindStatus> = new Told();

  constructor({ api, legacy }: ReadingOptions) {
    this.watches = new Watches({
      api,
      legacy,
      infrastructure: infrastructureTypes,
      onUpdate: (update) => this.#updates.tell(update),
      onKind: (status) => this.#kinds.tell(status),
    });
    this.synced = this.watches.start();
  }

  /** See `WatchesOptions`. */
  onKind(listener: (status: KindStatus) => void): void {
    this.#kinds.to(listener);
  }

  /** See `WatchesOptions`. */
  onUpdate(listener: (update: Update) => void): void {
    this.#updates.to(listener);
  }
}

/** What is told to one listener, and kept until there is one. */
class Told<T> {
  readonly #kept: T[] = [];
  #listener: ((value: T) => void) | undefined;

  tell(value: T): void {
    if (this.#listener === undefined) this.#kept.push(value);
    else this.#listener(value);
  }

  to(listener: (value: T) => void): void {
    this.#listener = listener;
    for (const value of this.#kept.splice(0)) listener(value);
  }
}

import type { ApiClient } from '../../../conformance/cluster/api-client.ts';
import { watch } from '../../../conformance/cluster/watch.ts';
import { CONTROLLER_NAME } from '../../../controllers/settings.ts';
import { now } from '../samples.ts';
import { NAMESPACE } from './place.ts';
import { type Observed, StatusLog, type StatusWrites } from './status-log.ts';

/** Kinds whose statuses are followed, by resource. */
export const FOLLOWED = { httproutes: 'HTTPRoute', gateways: 'Gateway' } as const;

const TIMEOUT_MS = 60_000;

interface Waiting {
  readonly wanted: (object: Observed) => boolean;
  readonly resolve: (at: number) => void;
}

/** What the API server tells of the benchmark's objects, as it comes. Keys are `Kind/name`. */
export class StatusFeed {
  readonly #log = new StatusLog();
  readonly #objects = new Map<string, Observed>();
  readonly #waiting = new Map<string, Waiting[]>();

  /** Resolves when all that there is has been told; from then on every change is, until the signal. */
  static async start(client: ApiClient, signal: AbortSignal): Promise<StatusFeed> {
    const feed = new StatusFeed();
    await Promise.all(
      Object.entries(FOLLOWED).map(([resource, kind]) =>
        watch<Observed>({
          client,
          path: `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/${resource}`,
          set: (object) => feed.#set(`${kind}/${object.metadata.name}`, object),
          delete: ({ metadata: { name } }) => feed.#delete(`${kind}/${name}`),
          failed: (error) => {
            if (!signal.aborted) throw new Error('writes may have been missed', { cause: error });
          },
        }, signal)
      ),
    );
    return feed;
  }

  get writes(): StatusWrites {
    return this.#log.writes;
  }

  /** Resolves when the object is as wanted, with the time when that was told. Rejects after a minute. */
  until(key: string, wanted: (object: Observed) => boolean): Promise<number> {
    const object = this.#objects.get(key);
    if (object !== undefined && wanted(object)) return Promise.resolve(now());
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        const { metadata, status } = this.#objects.get(key) ?? {};
        const last = JSON.stringify({ generation: metadata?.generation, status });
        reject(new Error(`${key} is not as wanted within a minute: ${last}`));
      }, TIMEOUT_MS);
      const waiting = this.#waiting.get(key) ?? [];
      this.#waiting.set(key, waiting);
      waiting.push({
        wanted,
        resolve: (at) => {
          clearTimeout(timeout);
          resolve(at);
        },
      });
    });
  }

  #set(key: string, object: Observed): void {
    const at = now();
    this.#log.add(key, object);
    this.#objects.set(key, object);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const rest = waiting.filter(({ wanted, resolve }) => {
      if (!wanted(object)) return true;
      resolve(at);
      return false;
    });
    if (rest.length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, rest);
  }

  #delete(key: string): void {
    this.#log.delete(key);
    this.#objects.delete(key);
  }
}

/** Whether a route's status is the controller's word on a generation, and a good one. */
export function isGood(generation: number): (route: Observed) => boolean {
  return ({ status }) => {
    const conditions = status?.parents?.find((parent) => parent.controllerName === CONTROLLER_NAME)
      ?.conditions;
    return ['Accepted', 'ResolvedRefs'].every((type) =>
      conditions?.some((condition) =>
        condition.type === type && condition.status === 'True' && condition.observedGeneration === generation
      )
    );
  };
}

import type { ApiClient } from '../cluster/api-client.ts';
import { type ApiObject, watch } from '../cluster/watch.ts';

/** An object of a kind that decides about traffic, with its status. */
export interface KubeObject extends ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface Recorded {
  readonly object: KubeObject;
  /** When it was told, ms since the epoch. */
  readonly deleted?: number;
}

/** Groups whose objects are kept. */
const GROUPS = new Set(['gateway.networking.k8s.io', 'gateway.networking.x-k8s.io', 'dragoman.dev']);

interface CRD extends ApiObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
  };
}

/**
 * Keeps every object of the Gateway API as it was last, also those that are gone: a test deletes what it made as soon as it has
 * failed.
 */
export class Recorder {
  readonly #objects = new Map<string, Recorded>();

  /** Resolves once it knows all that is there. */
  static async start(client: ApiClient, signal: AbortSignal): Promise<Recorder> {
    const recorder = new Recorder();
    const crds = await client.request<{ readonly items: readonly CRD[] }>(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    );
    const kinds = crds.items.filter(({ spec }) => GROUPS.has(spec.group));
    await Promise.all(kinds.map((crd) => recorder.#follow(crd, { client, signal })));
    return recorder;
  }

  /** Those that were there at some time since then. */
  since(time: number): KubeObject[] {
    return Array.from(this.#objects.values()).filter(({ deleted }) =>
      deleted === undefined || deleted >= time
    )
      .map(({ object }) => object);
  }

  #follow(
    { spec }: CRD,
    { client, signal }: { readonly client: ApiClient; readonly signal: AbortSignal },
  ): Promise<void> {
    const version = spec.versions.find(({ storage }) => storage)?.name ?? '';
    const apiVersion = `${spec.group}/${version}`;
    // Lists leave out what each of their items is.
    const { kind } = spec.names;
    const whole = (object: KubeObject): KubeObject => ({ ...object, apiVersion, kind });
    return watch<KubeObject>({
      client,
      path: `/apis/${apiVersion}/${spec.names.plural}`,
      set: (object) => this.#objects.set(object.metadata.uid, { object: whole(object) }),
      delete: (object) =>
        this.#objects.set(object.metadata.uid, { object: whole(object), deleted: Date.now() }),
      failed: () => {/* It begins again. */},
    }, signal);
  }
}

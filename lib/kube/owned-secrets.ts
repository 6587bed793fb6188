import { isStatus } from './api-error.ts';
import { applyManifest, getObject, hashAnnotation, type Manifest, manifestHash } from './apply.ts';
import type { KubeApi } from './client.ts';
import { differences } from './differences.ts';
import { mayApply } from './ownership.ts';
import { Reflector, type ReflectorTiming, type Sink } from './reflector.ts';
import { isOlder } from './resource-version.ts';
import { objectId, type RawMeta, type RawObject } from './resource.ts';
import { encoded, type SecretTexts, secretType, textsOf } from './secret.ts';

export interface OwnedSecretsOptions {
  readonly api: KubeApi;
  /** What one holds has changed; undefined if it is gone. By `namespace/name`. */
  readonly onChange: (key: string, texts: SecretTexts | undefined) => void;
  /** All have been told that there are. */
  readonly onListed: () => void;
  readonly timing?: Partial<ReflectorTiming> | undefined;
}

/** Of a Secret that is to be there. */
export type SecretMetadata = Manifest['metadata'];

interface Known {
  readonly resourceVersion: string;
  /** Without its data. */
  readonly object: RawObject;
}

/** Secrets that were made for Gateways, in all namespaces: followed by the label `app.kubernetes.io/managed-by: dragoman`. */
export class OwnedSecrets {
  readonly #options: OwnedSecretsOptions;
  readonly #reflector: Reflector;
  readonly #known = new Map<string, Known>();
  /** Those that are being written, with the version in which one has been deleted meanwhile. */
  readonly #writing = new Map<string, string | undefined>();
  /** Seen, or written, since the list began that is under way. */
  #present: Set<string> | undefined;
  #listed = false;

  constructor(options: OwnedSecretsOptions) {
    this.#options = options;
    const { api, timing = {} } = options;
    this.#reflector = new Reflector({
      api,
      type: secretType,
      query: { labelSelector: 'app.kubernetes.io/managed-by=dragoman' },
      // Without the right to list them each is looked at before it is written.
      optional: true,
      sink: this.#sink,
      timing,
    });
  }

  start(): void {
    this.#reflector.start();
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  /** Whether a Secret has the labels, annotations and owner that it is to have. */
  isDescribed(metadata: SecretMetadata): boolean {
    const object = this.#known.get(keyOf(metadata))?.object;
    const manifest = manifestOf(metadata);
    return object !== undefined && object.metadata.annotations?.[hashAnnotation] === manifestHash(manifest) &&
      differences(manifest, object).length === 0;
  }

  /**
   * Makes a Secret what it is to be. `foreign`: there is one of that name that was not made for this Gateway, and stays as it
   * is. `changed`: it is not what it was known as; now that is known.
   */
  async write(metadata: SecretMetadata, texts: SecretTexts): Promise<'written' | 'foreign' | 'changed'> {
    const { api } = this.#options;
    const target = { api, type: secretType };
    const key = keyOf(metadata);
    const description = manifestOf(metadata);
    const known = this.#known.get(key)?.object;
    if (known === undefined) {
      const live = await getObject(target, metadata);
      if (live !== undefined && !mayApply(description, live)) return 'foreign';
      if (live !== undefined) {
        this.#keep(live);
        return 'changed';
      }
    } else if (!mayApply(description, known)) return 'foreign';
    this.#writing.set(key, undefined);
    try {
      const manifest = { ...description, type: 'kubernetes.io/tls', data: encoded(texts) };
      const object = await applyManifest(target, manifest, {
        over: known,
        hash: manifestHash(description),
      });
      const deleted = this.#writing.get(key);
      if (deleted !== undefined && isOlder(object.metadata.resourceVersion ?? '', deleted)) return 'changed';
      this.#keep(object);
      return 'written';
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const live = await getObject(target, metadata);
      if (live === undefined) this.#gone(key);
      else this.#keep(live);
      return 'changed';
    } finally {
      this.#writing.delete(key);
    }
  }

  #keep(object: RawObject): void {
    const key = keyOf(object.metadata);
    const { resourceVersion = '' } = object.metadata;
    this.#present?.add(key);
    const before = this.#known.get(key)?.resourceVersion;
    if (before === resourceVersion || (before !== undefined && isOlder(resourceVersion, before))) return;
    const { data: _, ...rest } = object;
    const { managedFields: __, ...metadata } = object.metadata as RawMeta & {
      readonly managedFields?: unknown;
    };
    this.#known.set(key, { resourceVersion, object: { ...rest, metadata } });
    this.#options.onChange(key, textsOf(object));
  }

  #gone(key: string): void {
    if (this.#known.delete(key)) this.#options.onChange(key, undefined);
  }

  readonly #sink: Sink = {
    begin: () => {
      this.#present = new Set();
    },
    listed: (object) => this.#keep(object),
    complete: () => {
      const present = this.#present ?? new Set();
      this.#present = undefined;
      for (const key of this.#known.keys()) if (!present.has(key)) this.#gone(key);
      this.#complete();
    },
    changed: (object) => this.#keep(object),
    deleted: ({ metadata }) => {
      const key = keyOf(metadata);
      this.#present?.delete(key);
      if (this.#writing.has(key)) this.#writing.set(key, metadata.resourceVersion);
      const before = this.#known.get(key)?.resourceVersion;
      // It may be there again.
      if (before === undefined || !isOlder(metadata.resourceVersion ?? '', before)) this.#gone(key);
    },
    absent: () => this.#complete(),
  };

  #complete(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.#options.onListed();
  }
}

function manifestOf(metadata: SecretMetadata): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata };
}

function keyOf(metadata: Pick<RawMeta, 'namespace' | 'name'>): string {
  return objectId('Secret', metadata).slice('Secret/'.length);
}

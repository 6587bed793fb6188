import { isStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { collectionPath, objectPath, type RawObject } from './resource.ts';
import { encoded, type SecretTexts, secretType, textsOf } from './secret.ts';

export interface NamedSecretsOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  /** Of those that are made. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Known {
  readonly resourceVersion: string;
  readonly texts: SecretTexts;
}

/**
 * A few Secrets of one namespace, each asked for by its name. What is read again and has not changed is the same object. Of
 * writers at the same time one succeeds.
 */
export class NamedSecrets {
  readonly #options: NamedSecretsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: NamedSecretsOptions) {
    this.#options = options;
  }

  /** As it was last read or written. */
  known(name: string): SecretTexts | undefined {
    return this.#known.get(name)?.texts;
  }

  async read(name: string, signal?: AbortSignal): Promise<SecretTexts | undefined> {
    try {
      const { body } = await this.#options.api.request('GET', this.#path(name), { signal });
      return this.#keep(name, body as RawObject);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      this.#known.delete(name);
      return undefined;
    }
  }

  /** Creates it, or replaces all that it holds. False if it is not as it was last read or written any more. */
  async write(name: string, texts: SecretTexts): Promise<boolean> {
    const before = this.#known.get(name);
    try {
      const { body } =
        await (before === undefined ? this.#create(name, texts) : this.#replace(name, { before, texts }));
      this.#keep(name, body as RawObject);
      return true;
    } catch (error) {
      if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
      return false;
    }
  }

  #create(name: string, texts: SecretTexts): ReturnType<KubeApi['request']> {
    const { api, namespace, labels } = this.#options;
    return api.request('POST', collectionPath(secretType, 'v1', namespace), {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name, labels },
        type: 'tls.crt' in texts ? 'kubernetes.io/tls' : 'Opaque',
        data: encoded(texts),
      },
    });
  }

  #replace(
    name: string,
    { before, texts }: { readonly before: Known; readonly texts: SecretTexts },
  ): ReturnType<KubeApi['request']> {
    const { api, labels } = this.#options;
    const { resourceVersion } = before;
    const gone = Object.keys(before.texts).filter((key) => !(key in texts)).map((key) => [key, null]);
    return api.request('PATCH', this.#path(name), {
      contentType: 'application/merge-patch+json',
      body: {
        metadata: { resourceVersion, labels },
        data: { ...encoded(texts), ...Object.fromEntries(gone) },
      },
    });
  }

  #keep(name: string, object: RawObject): SecretTexts {
    const { resourceVersion = '' } = object.metadata;
    const before = this.#known.get(name);
    if (before?.resourceVersion === resourceVersion) return before.texts;
    const texts = textsOf(object);
    this.#known.set(name, { resourceVersion, texts });
    return texts;
  }

  #path(name: string): string {
    return objectPath(secretType, { version: 'v1', namespace: this.#options.namespace, name });
  }
}

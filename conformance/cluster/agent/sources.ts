import type { ApiObject } from '../watch.ts';
import type { Sources } from './environment.ts';
import { keyOf, type Pod, type Volume } from './pod.ts';

export type SourceKind = 'secret' | 'configMap';

/** core/v1 Secret and ConfigMap. */
export interface SourceObject extends ApiObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

type Data = Readonly<Record<string, Uint8Array>>;

/** All Secrets and ConfigMaps as they are now. */
export class KnownSources implements Sources {
  readonly #objects: Record<SourceKind, Map<string, Data>> = { secret: new Map(), configMap: new Map() };

  secret(key: string): Data | undefined {
    return this.#objects.secret.get(key);
  }

  configMap(key: string): Data | undefined {
    return this.#objects.configMap.get(key);
  }

  set(kind: SourceKind, object: SourceObject): void {
    this.#objects[kind].set(keyOf(object.metadata), dataOf(kind, object));
  }

  delete(kind: SourceKind, object: SourceObject): void {
    this.#objects[kind].delete(keyOf(object.metadata));
  }
}

function dataOf(kind: SourceKind, { data = {}, binaryData = {} }: SourceObject): Data {
  const decode = (encoded: Readonly<Record<string, string>>, encoding: 'base64' | 'utf8') =>
    Object.entries(encoded).map(([key, value]) => [key, Buffer.from(value, encoding)] as const);
  return Object.fromEntries([
    ...decode(data, kind === 'secret' ? 'base64' : 'utf8'),
    ...decode(binaryData, 'base64'),
  ]);
}

/** The Secrets and ConfigMaps that a pod's volumes are made from, as `KIND namespace/name`. */
export function sourcesOf({ metadata, spec }: Pod): ReadonlySet<string> {
  const names = (spec.volumes ?? []).flatMap(namesOf);
  return new Set(names.map(([kind, name]) => sourceName(kind, keyOf({ ...metadata, name }))));
}

export function sourceName(kind: SourceKind, key: string): string {
  return `${kind} ${key}`;
}

function namesOf({ secret, configMap, projected }: Volume): (readonly [SourceKind, string])[] {
  return [
    ...(secret === undefined ? [] : [['secret', secret.secretName] as const]),
    ...(configMap === undefined ? [] : [['configMap', configMap.name] as const]),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...(source.secret === undefined ? [] : [['secret', source.secret.name] as const]),
      ...(source.configMap === undefined ? [] : [['configMap', source.configMap.name] as const]),
    ]),
  ];
}

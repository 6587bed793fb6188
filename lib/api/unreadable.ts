import { isMapping } from './known-fields.ts';
import { type AnyObject, type KindInfo, type KindName, kinds } from './kinds.ts';
import { keyOf } from './object.ts';
import type { Problem } from './problem.ts';

/** An object that cannot be decoded, as far as it can be told. */
export interface Unreadable {
  /** `Kind/namespace/name`. */
  readonly key: string;
  readonly object: {
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** 0 if nobody counts. */
  readonly generation: number;
  /** As it is written. */
  readonly spec: unknown;
  /** At least one is an error. */
  readonly problems: readonly Problem[];
}

/** What a manifest with errors is about; undefined if it does not say so, or is none of our kinds. */
export function unreadable(raw: unknown, problems: readonly Problem[]): Unreadable | undefined {
  if (!isMapping(raw) || !isMapping(raw.metadata)) return undefined;
  const { apiVersion, kind, spec } = raw;
  const { name, namespace, generation } = raw.metadata;
  const info: KindInfo<AnyObject> | undefined = typeof kind === 'string' && Object.hasOwn(kinds, kind)
    ? kinds[kind as KindName]
    : undefined;
  if (info === undefined || typeof name !== 'string' || !isOfGroup(apiVersion, info.group)) return undefined;
  const place = info.namespaced ? namespace ?? 'default' : '';
  if (typeof place !== 'string') return undefined;
  return {
    key: `${info.kind}/${keyOf(place === '' ? { name } : { namespace: place, name })}`,
    object: { group: info.group, kind: info.kind, namespace: place, name },
    generation: typeof generation === 'number' ? generation : 0,
    spec,
    problems,
  };
}

function isOfGroup(apiVersion: unknown, group: string): boolean {
  return typeof apiVersion === 'string' &&
    (group === '' ? !apiVersion.includes('/') : apiVersion.startsWith(`${group}/`));
}

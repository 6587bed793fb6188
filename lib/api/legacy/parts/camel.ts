type CamelKey<K extends string> = K extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail>>}`
  : K;

/** The fields of a manifest under the names that they have here. */
export type Camel<T> = {
  readonly [K in keyof T as K extends `v2${string}` ? never : K extends string ? CamelKey<K> : never]: T[K];
};

const known = new Map<string, string>();

function camelKey(key: string): string {
  let found = known.get(key);
  if (found === undefined) {
    found = key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    known.set(key, found);
  }
  return found;
}

/**
 * Renames the fields of a decoded mapping, such as `timeout_ms` to `timeoutMs`, and leaves out those that only say how
 * a v2 resource was spelt (`v2ExplicitTLS`). Only for mappings whose keys are a schema's.
 */
export function camel<T extends object>(value: T): Camel<T> {
  const renamed: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (!key.startsWith('v2')) renamed[camelKey(key)] = field;
  }
  return renamed as Camel<T>;
}

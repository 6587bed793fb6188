import type { KubeObject } from '../object.ts';

/** Values that a resource may refer to as `${NAME}`. */
export type Variables = Readonly<Record<string, string>>;

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * An object with `${NAME}` replaced in all strings of its `spec`, but for names that are no variable. Emissary takes
 * its whole environment, and `$NAME` too; here only what an operator names is known, since tenants write resources and
 * the controller's environment is none of theirs, and a `$` alone belongs to regular expressions.
 */
export function withVariables<K extends KubeObject & { readonly spec: unknown }>(
  object: K,
  variables: Variables,
): K {
  const spec = mapStrings(
    object.spec,
    (text) =>
      text.replaceAll(
        reference,
        (written, name: string) => Object.hasOwn(variables, name) ? variables[name] ?? written : written,
      ),
  );
  return spec === object.spec ? object : { ...object, spec };
}

/** The names that an object refers to and that are no variable, in order. */
export function unknownVariables(
  object: { readonly spec: unknown },
  variables: Variables,
): readonly string[] {
  const names = new Set<string>();
  mapStrings(object.spec, (text) => {
    for (const [, name = ''] of text.matchAll(reference)) {
      if (!Object.hasOwn(variables, name)) names.add(name);
    }
    return text;
  });
  return [...names].sort();
}

/** The value with its strings that refer to something mapped, the very same where none changes. Decoded values are never deep. */
function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return value.includes('${') ? map(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  let mapped: Record<string, unknown> | unknown[] | undefined;
  for (const [key, field] of Object.entries(value)) {
    const next = mapStrings(field, map);
    if (next === field) continue;
    mapped ??= Array.isArray(value) ? [...value] : { ...value };
    Object.assign(mapped, { [key]: next });
  }
  return mapped ?? value;
}

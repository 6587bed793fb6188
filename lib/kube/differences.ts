/**
 * Paths below which an object does not say what a manifest says. What it says beyond that is no difference: defaults and the
 * words of others. In lists of objects order does not count, in other lists it does.
 */
export function differences(manifest: unknown, object: unknown, path = ''): string[] {
  if (manifest === undefined || manifest === object) return [];
  if (Array.isArray(manifest)) return inList(manifest, object, path);
  if (typeof manifest !== 'object' || manifest === null) return [path];
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    // The API server keeps no empty mappings.
    return object === undefined && Object.keys(manifest).length === 0 ? [] : [path];
  }
  return Object.entries(manifest).flatMap(([name, value]) =>
    differences(value, (object as Readonly<Record<string, unknown>>)[name], `${path}/${name}`)
  );
}

function inList(manifest: readonly unknown[], object: unknown, path: string): string[] {
  if (!Array.isArray(object)) return object === undefined && manifest.length === 0 ? [] : [path];
  if (object.length !== manifest.length) return [path];
  const found = manifest.every((item, index) =>
    typeof item === 'object' && item !== null
      ? object.some((other) => differences(item, other).length === 0)
      : item === object[index]
  );
  return found ? [] : [path];
}

/** Whether two JSON values say the same: the order of fields does not count, and undefined ones are absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
      a.every((item, index) => same(item, b[index]));
  }
  return covers(a, b) && covers(b, a);
}

function covers(all: object, some: object): boolean {
  return Object.entries(some).every(([name, value]) =>
    value === undefined || same((all as Readonly<Record<string, unknown>>)[name], value)
  );
}

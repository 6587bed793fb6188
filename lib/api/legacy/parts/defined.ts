/** The mapping without the fields that are undefined, so that equal ones have equal fields. */
export function defined<T extends object>(mapping: T): T {
  for (const value of Object.values(mapping)) {
    if (value === undefined) {
      return Object.fromEntries(Object.entries(mapping).filter(([, field]) => field !== undefined)) as T;
    }
  }
  return mapping;
}

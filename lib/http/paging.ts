import type { ListQuery, Page } from './schemas.ts';
import type { Listing } from './sources.ts';

/** One page of a listing: items after the key `after`, at most `limit`, of the namespace and name if given. */
export function page<T>(listing: Listing<T>, query: ListQuery): Page<T> {
  const { namespace, name, limit, after } = query;
  const matching = namespace === undefined && name === undefined
    ? listing.keys
    : listing.keys.filter((key) => {
      const identity = listing.identify(key);
      return (namespace === undefined || identity.namespace === namespace) &&
        (name === undefined || identity.name === name);
    });
  const start = after === undefined ? 0 : firstAfter(matching, after);
  const keys = matching.slice(start, start + limit);
  const items = keys.map((key) => listing.view(key)).filter((view) => view !== undefined);
  const last = keys.at(-1);
  const next = start + limit < matching.length ? last : undefined;
  return { items, total: matching.length, ...(next === undefined ? {} : { next }) };
}

function firstAfter(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

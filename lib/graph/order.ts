import type { Keyed } from './types.ts';

/** Compares by code units: the same on every machine, whatever its locale. */
export function compareKeys(a: Keyed, b: Keyed): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** A splice moves as much as the copy did; beyond this many, one sort is cheaper, whatever the length. */
const MOST_SPLICES = 64;

/** An array that grew keeps room to grow more; short ones, of which there are many, are cut to their length. */
const SHORT = 64;

/**
 * A new array in key order, like `sorted` but for the edited keys: each has the given value, or none. A few edits cost a
 * copy and a binary search each; many cost one sort. `sorted` itself is somebody's snapshot and stays as it is.
 */
export function edited<T extends Keyed>(
  sorted: readonly T[],
  edits: ReadonlyMap<string, T | undefined>,
): T[] {
  if (edits.size > MOST_SPLICES) return resorted(sorted, edits);
  const result = sorted.slice();
  for (const [key, value] of edits) {
    const at = position(result, key);
    const found = result[at]?.key === key;
    if (value === undefined) {
      if (found) result.splice(at, 1);
    } else if (found) result[at] = value;
    else result.splice(at, 0, value);
  }
  return result.length < SHORT ? result.slice() : result;
}

function resorted<T extends Keyed>(sorted: readonly T[], edits: ReadonlyMap<string, T | undefined>): T[] {
  const result = sorted.filter((value) => !edits.has(value.key));
  for (const value of edits.values()) {
    if (value !== undefined) result.push(value);
  }
  return result.sort(compareKeys);
}

/** Whether two arrays hold the very same values; a loop, because `every()` takes six times as long. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Where `key` is, or would be inserted. */
function position(sorted: readonly Keyed[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

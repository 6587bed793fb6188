/**
 * Whether a version of an object is older than another one of the same object. They are whole numbers of any length; those
 * of a server whose are not count as newer, as which they arrive.
 */
export function isOlder(version: string, other: string): boolean {
  if (!decimal.test(version) || !decimal.test(other)) return false;
  return version.length === other.length ? version < other : version.length < other.length;
}

const decimal = /^[1-9]\d*$/;
